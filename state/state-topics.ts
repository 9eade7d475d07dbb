import type { Clock } from '#model/base/clock.ts';
import { minutes, seconds } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import type { Log } from '#model/base/log.ts';
import { buildTopic } from '#model/readings/topic.ts';
import type { State, StateMessage } from '#model/registry/state.ts';

export interface StateTopicsDeps {
  readonly clock: Clock;
  readonly log: Log;
  /** Ids of the registered stations. */
  readonly stations: () => Iterable<string>;
  /** Ids of stations with values, also of stations that were removed. */
  readonly measured: () => Iterable<string>;
  /** Publishes a retained message. @throws Fault */
  readonly publish: (topic: string, payload: Uint8Array, signal: AbortSignal) => Promise<void>;
}

/** Keeps the retained message `v1/stations/<station>/state` of each station current. */
export interface StateTopics {
  /** Takes states that have changed. */
  changed(states: readonly State[]): void;
  /** Call it when the broker has started anew: every state is published again. */
  brokerIsNew(): void;
  /** Aborts the current call. Safe to call twice. */
  stop(): Promise<void>;
}

const EVERY = seconds(0.25);
const AFTER_FAILURE = seconds(5);
/** Interval between messages about a station of which only the values change. */
const VALUES_EVERY = minutes(1);
/** Messages on their way at a time. */
const AT_ONCE = 8;

const NOTHING = new Uint8Array();
const FORMER = { key: '', at: 0, state: undefined };

/** The newest state of a station, and the text of all in it that is published at once. */
interface Newest {
  readonly state: State;
  readonly key: string;
}

/** A published state, or the mark of a station that the broker may still hold. */
interface Sent {
  readonly key: string;
  /** Monotonic time, ms. */
  readonly at: number;
  readonly state: State | undefined;
}

const keyOf = ({ name, hazard, assurance, system, devices }: State): string =>
  JSON.stringify([
    name,
    hazard,
    assurance,
    system,
    devices.map((of) => [of.device, of.hazard, of.assurance, of.system]),
  ]);

const messageOf = (state: State): Uint8Array => {
  const devices = state.devices.map(({ values: _, ...device }) => device);
  return new TextEncoder().encode(JSON.stringify({ ...state, devices } satisfies StateMessage));
};

/** A change of hazard, assurance or system is published at once, new values alone once a minute. */
// oxlint-disable-next-line max-lines-per-function -- the state of one publisher
export const startStateTopics = ({ clock, log, stations, measured, publish }: StateTopicsDeps): StateTopics => {
  const stopping = new AbortController();
  const { signal } = stopping;
  const newest = new Map<string, Newest>();
  const forget = (): Map<string, Sent> => new Map([...measured()].map((id) => [id, FORMER]));
  let sent = forget();
  let isHeldUp = false;
  let pausedUntil = 0;
  let running: Promise<void> | undefined;

  const isDue = (id: string, { state, key }: Newest): boolean => {
    const before = sent.get(id);
    if (before?.state === state) return false;
    if (before?.state === undefined || before.key !== key) return true;
    return clock.monotonic() - before.at >= VALUES_EVERY.ms;
  };

  const send = async (id: string, known: Newest | undefined): Promise<void> => {
    const into = sent; // replaced when the broker starts anew during the call
    const payload = known === undefined ? NOTHING : messageOf(known.state);
    await publish(buildTopic({ kind: 'state', station: id }), payload, signal);
    if (known === undefined) into.delete(id);
    else into.set(id, { ...known, at: clock.monotonic() });
  };

  const round = async (): Promise<void> => {
    const known = new Set(stations());
    for (const id of newest.keys()) if (!known.has(id)) newest.delete(id);
    const due: (readonly [string, Newest | undefined])[] = [
      ...[...sent.keys()].filter((id) => !known.has(id)).map((id) => [id, undefined] as const),
      ...[...newest].filter(([id, known]) => isDue(id, known)),
    ];
    for (let i = 0; i < due.length && !signal.aborted; i += AT_ONCE) {
      await Promise.all(due.slice(i, i + AT_ONCE).map(([id, known]) => send(id, known)));
    }
  };

  const attempt = async (): Promise<void> => {
    try {
      await round();
      isHeldUp = false;
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      pausedUntil = clock.monotonic() + AFTER_FAILURE.ms;
      if (!isHeldUp && !signal.aborted) log.warn('states not published', { code: error.code, detail: error.detail });
      isHeldUp = true;
    }
  };

  const timer = clock.every(EVERY, () => {
    if (running !== undefined || clock.monotonic() < pausedUntil) return;
    running = attempt().finally(() => {
      running = undefined;
    });
  });

  return {
    changed: (states) => {
      for (const state of states) newest.set(state.station, { state, key: keyOf(state) });
    },
    brokerIsNew: () => {
      sent = forget();
      pausedUntil = 0;
    },
    stop: async () => {
      timer.stop();
      stopping.abort();
      await running?.catch(() => undefined);
    },
  };
};
