import { Fault } from '#model/base/fault.ts';
import { improved } from './two-opt.ts';

/** Kilometres from each place (row) to each other (column). Place 0 is the depot, place i + 1 the stop i. */
export type Matrix = readonly (readonly number[])[];

export interface Stop {
  readonly id: string;
  /** Load, in the unit of the capacity. */
  readonly load: number;
  readonly serviceMinutes?: number;
  /** The service begins in this span, minutes of the day; a vehicle that comes early waits. */
  readonly window?: readonly [opens: number, closes: number];
}

export interface RouteSettings {
  readonly capacity: number;
  /** Minutes of the day. */
  readonly departure: number;
  readonly kilometresPerHour: number;
  /** A route is back at the depot by then, minutes of the day; undefined is any time. */
  readonly returnBy?: number;
}

export interface Route {
  /** Ids in the order of the visit. */
  readonly stops: readonly string[];
  readonly load: number;
  /** From the depot and back. */
  readonly kilometres: number;
  /** Begin of the service at each stop, minutes of the day. */
  readonly arrivals: readonly number[];
  /** Back at the depot, minutes of the day. */
  readonly back: number;
}

/** `load`: more than a vehicle holds; `time`: out of reach of its window or of the return, even on its own. */
export interface Unserved {
  readonly id: string;
  readonly reason: 'load' | 'time';
}

export interface RoutePlan {
  readonly routes: readonly Route[];
  readonly unserved: readonly Unserved[];
  readonly kilometres: number;
}

interface Problem {
  readonly stops: readonly Stop[];
  readonly matrix: Matrix;
  readonly settings: RouteSettings;
}

/** A route over places in the given order; undefined where a window or the return is missed. */
interface Tour extends Omit<Route, 'stops'> {
  readonly places: readonly number[];
}

const DEPOT = 0;
/** Kilometres below which a change is no gain, so that rounding never makes two routes better than each other. */
const EPSILON = 1e-9;

const between = (matrix: Matrix, from: number, to: number): number => matrix[from]?.[to] ?? Number.NaN;

const checkProblem = ({ stops, matrix, settings }: Problem): void => {
  const size = stops.length + 1;
  const isSquare = matrix.length === size && matrix.every((row) => row.length === size && row.every((km) => km >= 0));
  if (!isSquare) throw new Fault('SETTING_INVALID', `the matrix of distances needs ${size} rows of ${size} kilometres`);
  if (!(settings.capacity > 0)) throw new Fault('SETTING_INVALID', 'the capacity needs a number above 0');
  if (!(settings.kilometresPerHour > 0)) throw new Fault('SETTING_INVALID', 'the speed needs a number above 0');
  if (!stops.every(({ load }) => load >= 0)) throw new Fault('SETTING_INVALID', 'a load needs a number from 0');
};

/** Drives a route: undefined where it comes too late somewhere, or holds too much. */
const drive = ({ stops, matrix, settings }: Problem, places: readonly number[]): Tour | undefined => {
  const minutes = (kilometres: number): number => (kilometres / settings.kilometresPerHour) * 60;
  let [clock, kilometres, load, at] = [settings.departure, 0, 0, DEPOT];
  const arrivals: number[] = [];
  for (const place of places) {
    const stop = stops[place - 1];
    if (stop === undefined) return undefined;
    const leg = between(matrix, at, place);
    const [opens, closes] = stop.window ?? [-Infinity, Infinity];
    clock = Math.max(clock + minutes(leg), opens);
    load += stop.load;
    if (clock > closes || load > settings.capacity) return undefined;
    arrivals.push(clock);
    clock += stop.serviceMinutes ?? 0;
    kilometres += leg;
    at = place;
  }
  const home = between(matrix, at, DEPOT);
  const back = clock + minutes(home);
  if (back > (settings.returnBy ?? Infinity)) return undefined;
  return { places, load, kilometres: kilometres + home, arrivals, back };
};

export interface Saving {
  readonly from: number;
  readonly to: number;
  /** Kilometres that going from one place straight to the other saves against two trips. */
  readonly kilometres: number;
}

/** Clarke and Wright's savings `d(i, depot) + d(depot, j) − d(i, j)`, largest first; only those above 0. */
export const savings = (matrix: Matrix): readonly Saving[] => {
  const places = matrix.map((_, place) => place).slice(1);
  const all = places.flatMap((from) =>
    places.map((to) => {
      const kilometres = between(matrix, from, DEPOT) + between(matrix, DEPOT, to) - between(matrix, from, to);
      return { from, to, kilometres: from === to ? 0 : kilometres };
    }),
  );
  return all.filter(({ kilometres }) => kilometres > EPSILON).toSorted((a, b) => b.kilometres - a.kilometres);
};

const shorter = (a: Tour | undefined, b: Tour | undefined): Tour | undefined => {
  if (a === undefined || b === undefined) return a ?? b;
  return b.kilometres < a.kilometres - EPSILON ? b : a;
};

/** Two routes as one that goes from the end `from` of the first to the end `to` of the second, in the better direction. */
const joined = (problem: Problem, first: Tour, second: Tour, { from, to }: Saving): Tour | undefined => {
  const head = first.places.at(-1) === from ? first.places : first.places.toReversed();
  const tail = second.places[0] === to ? second.places : second.places.toReversed();
  if (head.at(-1) !== from || tail[0] !== to) return undefined; // one of them lies inside its route
  const places = [...head, ...tail];
  const tour = shorter(drive(problem, places), drive(problem, places.toReversed()));
  const gain = first.kilometres + second.kilometres - (tour?.kilometres ?? Infinity);
  return gain > EPSILON ? tour : undefined;
};

/** Joins the trips of single stops by their savings, as long as load and times allow it. */
const mergeAll = (problem: Problem, trips: readonly Tour[]): readonly Tour[] => {
  const tourOf = new Map(trips.flatMap((tour) => tour.places.map((place) => [place, tour])));
  for (const saving of savings(problem.matrix)) {
    const [first, second] = [tourOf.get(saving.from), tourOf.get(saving.to)];
    if (first === undefined || second === undefined || first === second) continue;
    if (first.load + second.load > problem.settings.capacity) continue;
    const tour = joined(problem, first, second, saving);
    for (const place of tour?.places ?? []) if (tour !== undefined) tourOf.set(place, tour);
  }
  return [...new Set(tourOf.values())];
};

/**
 * Routes for a day: Clarke and Wright's savings, then 2-opt inside each route (textbook; the problem is NP-hard, and
 * the result is good, not proven best). Each route is driven by a vehicle of its own, or is a trip that begins at the
 * departure. The same input gives the same plan.
 * @param matrix kilometres between depot (0) and stops (from 1); it need not be symmetric
 * Throws `SETTING_INVALID` where matrix, loads or settings cannot be used.
 */
export const planRoutes = (stops: readonly Stop[], matrix: Matrix, settings: RouteSettings): RoutePlan => {
  const problem = { stops, matrix, settings };
  checkProblem(problem);
  const trips = stops.map((_, i) => drive(problem, [i + 1]));
  const merged = mergeAll(
    problem,
    trips.filter((trip) => trip !== undefined),
  );
  const tours = merged.map((tour) => improved(tour, (places) => drive(problem, places)));
  const unserved = stops.flatMap(({ id, load }, i): readonly Unserved[] =>
    trips[i] === undefined ? [{ id, reason: load > settings.capacity ? 'load' : 'time' }] : [],
  );
  const routes = tours.map(({ places, ...rest }) => ({
    stops: places.flatMap((place) => stops[place - 1]?.id ?? []),
    ...rest,
  }));
  return { routes, unserved, kilometres: routes.reduce((sum, { kilometres }) => sum + kilometres, 0) };
};

/** Kilometres of one round over places in a given order, from the depot and back: a fixed round to compare with. */
export const roundKilometres = (matrix: Matrix, places: readonly number[]): number => {
  const all = [DEPOT, ...places, DEPOT];
  return all.slice(1).reduce((sum, place, i) => sum + between(matrix, all[i] ?? DEPOT, place), 0);
};
