import { forgetToken, keepToken, read, Refusal } from '#dashboards/console/api/client.ts';
import { readEvents } from '#dashboards/console/api/events.ts';
import type { Alert, ConsoleSettings, LiveValue, Station } from '#dashboards/console/api/types.ts';
import { every, pause, seconds } from '#dashboards/console/time/clock.ts';
import { keyOf, mergeAlert, mergeValues } from './merge.ts';
import { makeStore } from './store.ts';

/** `door`: reading needs a token first. */
export type Line = 'connecting' | 'live' | 'lost' | 'door';

const AGAIN = seconds(3);
/** Presence and silence are not in the stream. */
const REFRESH = seconds(30);

export const line = makeStore<Line>('connecting');
export const stations = makeStore<readonly Station[] | undefined>(undefined);
export const alerts = makeStore<readonly Alert[]>([]);
export const settings = makeStore<ConsoleSettings | undefined>(undefined);

const pending = new Map<string, LiveValue>();

/** Everything that is shown on every page. @throws Refusal */
const refresh = async (): Promise<void> => {
  const [answer] = await Promise.all([read<{ stations: Station[] }>('/v1/stations'), refreshAlerts()]);
  stations.set(answer.stations);
};

/** A service that does no alerting has no alerts. */
export const refreshAlerts = async (): Promise<void> => {
  try {
    alerts.set((await read<{ alerts: Alert[] }>('/v1/alerts')).alerts);
  } catch (error) {
    if (!(error instanceof Refusal && error.status === 404)) throw error;
    alerts.set([]);
  }
};

const takeAlert = (alert: Alert): void => alerts.set(mergeAlert(alerts.get(), alert));

const takeValue = (value: LiveValue): void => {
  if (pending.size === 0) requestAnimationFrame(flush);
  pending.set(keyOf(value), value);
};

/** Many values in one frame are drawn once. */
const flush = (): void => {
  const known = stations.get();
  if (known !== undefined) stations.set(mergeValues(known, pending));
  pending.clear();
};

const LISTENER = { opened: () => line.set('live'), latest: takeValue, alert: takeAlert };

const follow = async (signal: AbortSignal): Promise<void> => {
  try {
    await refresh();
    await readEvents('/v1/stream?event=latest,alert', LISTENER, signal);
    line.set('lost');
  } catch (error) {
    if (signal.aborted) return;
    const isRefused = error instanceof Refusal && error.status === 401;
    line.set(isRefused ? 'door' : 'lost');
    if (isRefused) forgetToken();
  }
};

/** Keeps the stores equal to the service, for as long as the page lives. */
export const startLive = (): (() => void) => {
  const ended = new AbortController();
  const run = async (): Promise<void> => {
    while (!ended.signal.aborted) {
      if (line.get() !== 'door') await follow(ended.signal);
      await pause(AGAIN);
    }
  };
  const stopRefresh = every(REFRESH, () => {
    if (line.get() === 'live') void refresh().catch(() => undefined); // the stream tells when the line is lost
  });
  void readSettings();
  void run();
  return () => {
    ended.abort();
    stopRefresh();
  };
};

const readSettings = async (): Promise<void> => {
  while (settings.get() === undefined) {
    await read<ConsoleSettings>('/v1/console').then(settings.set, () => pause(AGAIN));
  }
};

/** Tries a token for reading. Gives false, and keeps nothing, when it is refused. */
export const enter = async (token: string): Promise<boolean> => {
  keepToken(token);
  try {
    await refresh();
    line.set('connecting');
    return true;
  } catch (error) {
    if (!(error instanceof Refusal && error.status === 401)) throw error;
    forgetToken();
    return false;
  }
};
