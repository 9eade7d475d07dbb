import { Agent } from 'node:http';
import type { z } from 'zod';
import type { Clock } from '#model/base/clock.ts';
import type { Duration } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import {
  AppendAnswer,
  BrokerHealth,
  DisconnectAnswer,
  ForwardAnswer,
  ReceivedAnswer,
  RefusalsAnswer,
  SyncedAnswer,
} from '#model/base/broker-api.ts';
import type { RecentRefusal } from '#model/limits/refusal.ts';
import type { Qos } from '#model/readings/packet.ts';
import { parseJson } from '#model/base/parse-json.ts';
import { type HttpAnswer, type HttpCall, callSocket } from './http-call.ts';

/**
 * The client of the local socket of the broker (`model/base/broker-api.ts`). Each call has a time-out, ends at the signal, and throws a
 * `Fault`: the one of the broker, or `BROKER_UNREACHABLE` (retry) when it did not answer.
 */
export interface BrokerClient {
  /** Resolves when the bytes are in the synced journal. */
  append(packet: Posted, signal?: AbortSignal): Promise<AppendAnswer>;
  /** As `append`, with the device of the topic of a network server as sender. The broker ignores a message without use. */
  forward(message: Forwarded, signal?: AbortSignal): Promise<ForwardAnswer>;
  publish(message: Published, signal?: AbortSignal): Promise<void>;
  /** Removes the messages of a topic from persistent sessions. */
  withdraw(topic: string, signal?: AbortSignal): Promise<void>;
  /** Resolves when the broker has read the registry again. */
  registryChanged(signal?: AbortSignal): Promise<void>;
  /** Closes the connections of the device and returns their number. */
  disconnect(device: string, signal?: AbortSignal): Promise<number>;
  /** Reports the position of the slower reader to the journal. */
  passed(journal: string, sequence: number, signal?: AbortSignal): Promise<void>;
  /** Waits until the journal has entries behind this one, for a few seconds at most; gives the newest one. */
  synced(after: number, signal?: AbortSignal): Promise<number>;
  /** Hours are whole hours since 1970, inclusive. */
  received(fromHour: number, toHour: number, signal?: AbortSignal): Promise<z.infer<typeof ReceivedAnswer>>;
  health(signal?: AbortSignal): Promise<BrokerHealth>;
  /** Recent refusals of a name, or all, the newest first. */
  refusals(name: string | undefined, signal?: AbortSignal): Promise<readonly RecentRefusal[]>;
  /** True after the first answer. */
  hasAnswered(): boolean;
  /** Prometheus text. */
  metrics(signal?: AbortSignal): Promise<string>;
  /** Closes the idle connections. Safe to call twice. */
  stop(): Promise<void>;
}

/** An HTTP body for the journal. */
export interface Posted {
  readonly device: string;
  readonly topic: string;
  readonly payload: Uint8Array;
}

/** An HTTP body of a network server. */
export interface Forwarded {
  readonly gateway: string;
  readonly topic: string;
  readonly payload: Uint8Array;
}

export interface Published {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: Qos;
  readonly retain: boolean;
}

export interface BrokerClientSettings {
  readonly socketPath: string;
  /** Time limit for one answer. */
  readonly timeout: Duration;
  /** Largest number of concurrent calls; a further one is refused with `SERVICE_BUSY`. */
  readonly maxCalls: number;
}

/** Largest answer: more than a month of counts of some hundred senders. */
const ANSWER_BYTES = 64 * 2 ** 20;

/** Creates the client; the first call connects. */
export const startBrokerClient = (settings: BrokerClientSettings, deps: { readonly clock: Clock }): BrokerClient => {
  const agent = new Agent({ keepAlive: true, maxSockets: settings.maxCalls, maxFreeSockets: 8 });
  let running = 0;
  let hasAnswered = false;

  const call = async (wanted: HttpCall, signal?: AbortSignal): Promise<HttpAnswer> => {
    if (running >= settings.maxCalls) {
      throw new Fault('SERVICE_BUSY', `${running} calls to the broker are running`, { retry: true });
    }
    running += 1;
    const ended = new AbortController();
    const timer = deps.clock.after(settings.timeout, () => ended.abort());
    try {
      const signals = signal === undefined ? [ended.signal] : [ended.signal, signal];
      const limits = { socketPath: settings.socketPath, agent, answerBytes: ANSWER_BYTES };
      const answer = await callSocket(wanted, { ...limits, signal: AbortSignal.any(signals) });
      hasAnswered = true;
      return answer;
    } finally {
      timer.stop();
      running -= 1;
    }
  };

  const ask = async <T>(schema: z.ZodType<T>, wanted: HttpCall, signal?: AbortSignal): Promise<T> => {
    const answer = schema.safeParse(parseJson((await call(wanted, signal)).text));
    if (answer.success) return answer.data;
    throw new Fault('BROKER_UNREACHABLE', `its answer to ${wanted.path} does not match the API`, { retry: true });
  };

  return {
    append: ({ device, topic, payload }, signal) =>
      ask(AppendAnswer, post('/append', { device, topic }, payload), signal),
    forward: ({ gateway, topic, payload }, signal) =>
      ask(ForwardAnswer, post('/forward', { gateway, topic }, payload), signal),
    publish: async ({ topic, payload, qos, retain }, signal) => {
      await call(post('/publish', { topic, qos: String(qos), retain: String(retain) }, payload), signal);
    },
    withdraw: async (topic, signal) => {
      await call(post('/withdraw', { topic }), signal);
    },
    registryChanged: async (signal) => {
      await call(post('/registry-changed'), signal);
    },
    disconnect: async (device, signal) =>
      (await ask(DisconnectAnswer, post('/disconnect', { device }), signal)).connections,
    passed: async (journal, sequence, signal) => {
      await call(post('/passed', { journal, sequence: String(sequence) }), signal);
    },
    synced: async (after, signal) => (await ask(SyncedAnswer, get('/synced', { after: String(after) }), signal)).last,
    received: (fromHour, toHour, signal) =>
      ask(ReceivedAnswer, get('/received', { from: String(fromHour), to: String(toHour) }), signal),
    hasAnswered: () => hasAnswered,
    refusals: async (name, signal) =>
      (await ask(RefusalsAnswer, get('/refusals', name === undefined ? {} : { name }), signal)).refusals,
    health: (signal) => ask(BrokerHealth, get('/health'), signal),
    metrics: async (signal) => (await call(get('/metrics'), signal)).text,
    stop: () => {
      agent.destroy();
      return Promise.resolve();
    },
  };
};

const get = (path: string, query: Readonly<Record<string, string>> = {}): HttpCall => ({
  method: 'GET',
  path: `${path}?${new URLSearchParams(query).toString()}`,
  body: undefined,
  isRepeatable: true,
});

const post = (path: string, query: Readonly<Record<string, string>> = {}, body?: Uint8Array): HttpCall => ({
  method: 'POST',
  path: `${path}?${new URLSearchParams(query).toString()}`,
  body,
  isRepeatable: path !== '/append' && path !== '/forward',
});
