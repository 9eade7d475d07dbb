import { read, RefusedRequest } from '#dashboards/console/api/client.ts';
import { readEvents } from '#dashboards/console/api/events.ts';
import type { Alert, ConsoleSettings, State, Station } from '#dashboards/console/api/types.ts';
import { every, now, pause, seconds } from '#dashboards/console/time/clock.ts';
import { mergeAlerts, mergeStates, replaceStates, type StationStates } from './merge.ts';
import { changed, dataOf, doubted, LOADING, type Remote } from './remote.ts';
import { whoAmI } from '#dashboards/console/api/account.ts';
import { readSession, session } from './session.ts';
import { makeStore } from './store.ts';

/** `login`: reading needs a person who is signed in. */
export type ConnectionState = 'connecting' | 'live' | 'lost' | 'login';

const AGAIN = seconds(3);
/** The registry and what devices say about themselves are not in the stream. */
const REFRESH = seconds(30);

export const connection = makeStore<ConnectionState>('connecting');
/** True while reading needs a person who signs in; also on a lost line, so that a form that is being filled in stays. */
export const asksSignIn = makeStore(false);
/** Every station with its devices. */
export const stations = makeStore<Remote<readonly Station[]>>(LOADING);
/** The state of every station, by its id. */
export const states = makeStore<Remote<StationStates>>(LOADING);
/** Every alert that is pending or firing, the worst first. */
export const alerts = makeStore<Remote<readonly Alert[]>>(LOADING);
/** Number of alerts that have ended since the page was opened. */
export const ended = makeStore(0);
export const settings = makeStore<ConsoleSettings | undefined>(undefined);

/** An answer on a lost connection is current, but is not kept so. */
const answered = <T>(data: T): Remote<T> => ({
  kind: connection.get() === 'lost' ? 'stale' : 'fresh',
  data,
  at: now(),
});

const readStations = async (): Promise<void> => {
  stations.set(answered((await read<{ stations: Station[] }>('/v1/stations')).stations));
};

const readStates = async (): Promise<void> => {
  const answer = await read<{ stations: State[] }>('/v1/state');
  states.set(answered(replaceStates(dataOf(states.get()) ?? new Map(), answer.stations)));
};

/** Alerts that arrive by the stream while the list of alerts is read. */
const listeners = new Set<Alert[]>();

/** Reads every standing alert. @throws Refusal */
export const refreshAlerts = async (): Promise<void> => {
  const arrived: Alert[] = [];
  listeners.add(arrived);
  try {
    const answer = await read<{ alerts: Alert[] }>('/v1/alerts?state=standing');
    alerts.set(answered(mergeAlerts(answer.alerts, arrived)));
  } finally {
    listeners.delete(arrived);
  }
};

/** Reads the data that all pages show. @throws Refusal */
const refresh = async (): Promise<void> => {
  await Promise.all([readStations(), readStates(), refreshAlerts()]);
};

const takeAlert = (alert: Alert): void => {
  for (const arrived of listeners) arrived.push(alert);
  alerts.set(changed(alerts.get(), (standing) => mergeAlerts(standing, [alert])));
  if (alert.state !== 'pending' && alert.state !== 'firing') ended.set(ended.get() + 1);
};

const pending = new Map<string, State>();

const takeState = (state: State): void => {
  if (pending.size === 0) requestAnimationFrame(flush);
  pending.set(state.station, state);
};

/** Many states in one frame are drawn once. */
const flush = (): void => {
  const newer = [...pending.values()];
  pending.clear();
  states.set(changed(states.get(), (known) => mergeStates(known, newer)));
};

/** Marks all data as not current. */
const lose = (as: ConnectionState, error?: unknown): void => {
  connection.set(as);
  stations.set(doubted(stations.get(), error));
  states.set(doubted(states.get(), error));
  alerts.set(doubted(alerts.get(), error));
};

const isRefused = (error: unknown): boolean => error instanceof RefusedRequest && error.status === 401;

/** The stream that is followed; cut when an answer beside it fails. */
let cut = new AbortController();

/** Reads everything after the stream is open, so that no change between the two is missed. */
const opened = (): void => {
  const { signal } = cut;
  const isOpen = (): boolean => !signal.aborted;
  refresh().then(
    () => {
      if (!isOpen()) return;
      connection.set('live');
      stations.set(fresh(stations.get()));
      states.set(fresh(states.get()));
      alerts.set(fresh(alerts.get()));
    },
    () => cut.abort(),
  );
};

const fresh = <T>(remote: Remote<T>): Remote<T> =>
  'data' in remote ? { kind: 'fresh', data: remote.data, at: remote.at } : remote;

const follow = async (signal: AbortSignal): Promise<void> => {
  cut = new AbortController();
  try {
    await refresh();
    asksSignIn.set(false);
    const listener = { opened, state: takeState, alert: takeAlert };
    await readEvents('/v1/stream?event=state,alert', listener, AbortSignal.any([signal, cut.signal]));
    lose('lost');
  } catch (error) {
    if (signal.aborted) return;
    if (isRefused(error)) asksSignIn.set(true);
    lose(isRefused(error) ? 'login' : 'lost', error);
  } finally {
    cut.abort();
  }
};

/** Keeps the stores equal to the service while the page is open. */
export const startLive = (): (() => void) => {
  const over = new AbortController();
  const run = async (): Promise<void> => {
    while (!over.signal.aborted) {
      await (connection.get() === 'login' ? tryLine() : follow(over.signal));
      await pause(AGAIN);
    }
  };
  const stopRefresh = every(REFRESH, () => {
    if (connection.get() === 'live') refresh().catch(() => cut.abort());
  });
  void readSettings();
  void knowPerson();
  void run();
  return () => {
    over.abort();
    stopRefresh();
  };
};

/** Without a person there is no stream to follow: whether the service answers is asked for. */
const tryLine = (): Promise<void> =>
  whoAmI().then(
    (known) => {
      session.set(known);
      if (known.person !== null) resume();
    },
    (error: unknown) => {
      if (connection.get() === 'login') lose('lost', error);
    },
  );

/** Reads who is signed in, until there is an answer. In the demo it signs in. */
const knowPerson = async (): Promise<void> => {
  while (session.get() === undefined) await readSession().catch(() => pause(AGAIN));
  if (session.get()?.person !== null) resume();
};

const readSettings = async (): Promise<void> => {
  while (settings.get() === undefined) {
    await read<ConsoleSettings>('/v1/console').then(settings.set, () => pause(AGAIN));
  }
};

/** Connects again after a person has signed in. */
export const resume = (): void => {
  asksSignIn.set(false);
  if (connection.get() === 'login') connection.set('connecting');
};
