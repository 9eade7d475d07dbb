import { z } from 'zod';

/** Keep alive of all clients of the load; the pings of idle ones follow it. */
export const KEEPALIVE_SECONDS = 60;

/** The API in which publishes become visible, and the stations that are watched: one for each of the first clients. */
export const VisiblePlan = z.strictObject({ url: z.string(), stations: z.array(z.string()) });

/** Clients of the generator and their target. The generator connects at once. */
const Plan = z.strictObject({
  kind: z.literal('plan'),
  port: z.int(),
  clients: z.array(
    z.strictObject({ id: z.string(), username: z.string().optional(), password: z.string().optional() }),
  ),
  /** Largest number of pending publishes of one client. */
  window: z.int(),
  /** Observed-at of the first message of each client. */
  from: z.number(),
  /** The readings of an outage, instead of live readings. */
  backlog: z
    .strictObject({ until: z.number(), minutes: z.int(), duplicates: z.number(), revised: z.number() })
    .optional(),
  /** Clients reconnect after the close of their connection, and send pending publishes again. */
  returns: z.boolean().optional(),
  /** Measures the time from the publish to the API, for one client of each station. */
  visible: VisiblePlan.optional(),
});
export type Plan = z.infer<typeof Plan>;

/** A run: the measurement starts after the warm-up. */
const Run = z.strictObject({
  kind: z.literal('run'),
  warmUpMs: z.number(),
  /** Duration of the measurement; until `finish` when absent. */
  measureMs: z.number().optional(),
  /** Messages per second of all clients; as fast as acknowledged when absent. */
  rate: z.number().optional(),
  /** Number of random clients per second that drop their connection and reconnect; none when absent. */
  dropOuts: z.number().optional(),
  /** Earliest observed-at of the next message of each client. */
  from: z.number(),
});
export type Run = z.infer<typeof Run>;

export const LoadCommand = z.discriminatedUnion('kind', [
  Plan,
  Run,
  /** Stops sending until `resume`, for a load that must not exceed a bound. */
  z.strictObject({ kind: z.literal('pause') }),
  z.strictObject({ kind: z.literal('resume') }),
  z.strictObject({ kind: z.literal('finish') }),
]);
export type LoadCommand = z.infer<typeof LoadCommand>;

const Distribution = z.strictObject({ count: z.number(), p50: z.number(), p99: z.number(), max: z.number() });

/** Times from the publish to the event `reading`, to `latest`, and to an answer of `/v1/latest`. */
export const VisibleAnswer = z.strictObject({
  reading: Distribution,
  latest: Distribution,
  polled: Distribution,
  unseen: z.int(),
});
export type VisibleSummary = z.infer<typeof VisibleAnswer>;

/** Commands to the thread that watches the API. */
export const VisibleCommand = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('start') }),
  z.strictObject({ kind: z.literal('sent'), station: z.string(), at: z.number(), now: z.number() }),
  /** Forgets all publishes: the measurement starts. */
  z.strictObject({ kind: z.literal('clear') }),
  z.strictObject({ kind: z.literal('finish') }),
]);
export type VisibleCommand = z.infer<typeof VisibleCommand>;

const Result = z.strictObject({
  kind: z.literal('result'),
  /** Acknowledged messages of the whole run, with warm-up and drain. */
  total: z.int(),
  /** Acknowledged messages of the measurement, and its duration. */
  measured: z.int(),
  seconds: z.number(),
  latency: Distribution,
  /** Processor time of the generator during the measurement. */
  cpuMs: z.number(),
  /** For a run with a rate: delay behind the schedule, and messages that were skipped because the window was full. */
  lateness: Distribution,
  skipped: z.int(),
  /** Connections that the broker closed. */
  closed: z.int(),
  closedWhy: z.string().optional(),
  /** Number of reconnects. */
  returned: z.int(),
  /** Observed-at after the last message of all clients. */
  next: z.number(),
  visible: VisibleAnswer.optional(),
});
export type Result = z.infer<typeof Result>;

export const Report = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('connected') }),
  z.strictObject({ kind: z.literal('measuring') }),
  /** Sent each second: acknowledged messages since the start of the run, and closed connections. */
  z.strictObject({ kind: z.literal('progress'), total: z.int(), closed: z.int() }),
  Result,
]);
export type Report = z.infer<typeof Report>;
