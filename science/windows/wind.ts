/** Wind at one time: the direction that it comes from in degrees, and its speed in m/s. */
export interface Wind {
  readonly direction: number;
  readonly speed: number;
}

export interface MeanWind {
  /** Degrees in [0, 360); undefined when the directions cancel each other out. */
  readonly direction: number | undefined;
  /** Speed of the mean vector, m/s. */
  readonly speed: number;
  /** Number of samples without wind. A calm has no direction. */
  readonly calms: number;
}

const RADIANS = Math.PI / 180;
/** Below this length, the sum of unit vectors is the error of binary floats. */
const NOTHING = 1e-9;

/** A vector to north and to east. */
interface Vector {
  readonly north: number;
  readonly east: number;
}

/** The angle of a vector in degrees, in [0, 360). */
export const angleOf = ({ north, east }: Vector): number => (Math.atan2(east, north) / RADIANS + 360) % 360;

const directionOf = (vector: Vector): number | undefined =>
  Math.hypot(vector.north, vector.east) < NOTHING ? undefined : angleOf(vector);

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Mean of directions, given in degrees, as unit vectors. */
export const meanUnitVector = (directions: readonly number[]): Vector => ({
  north: meanOf(directions.map((degrees) => Math.cos(degrees * RADIANS))),
  east: meanOf(directions.map((degrees) => Math.sin(degrees * RADIANS))),
});

/** Mean of directions as unit vectors, in degrees; undefined when they cancel each other out. */
export const meanDirection = (directions: readonly number[]): number | undefined =>
  directionOf(meanUnitVector(directions));

/** Vector mean of the wind, in which each direction has its speed as weight. Calms count in the speed only. */
export const meanWind = (samples: readonly Wind[]): MeanWind => {
  const moving = samples.filter(({ speed }) => speed > 0);
  const mean = (part: (angle: number) => number): number =>
    meanOf(samples.map(({ direction, speed }) => (speed > 0 ? speed * part(direction * RADIANS) : 0)));
  const vector = { north: mean(Math.cos), east: mean(Math.sin) };
  return {
    direction: directionOf(vector),
    speed: Math.hypot(vector.north, vector.east),
    calms: samples.length - moving.length,
  };
};
