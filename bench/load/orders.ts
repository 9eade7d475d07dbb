import { z } from 'zod';

/** Who the generator is, and whom it loads. It connects at once. */
const Plan = z.strictObject({
  kind: z.literal('plan'),
  port: z.int(),
  clients: z.array(
    z.strictObject({ id: z.string(), username: z.string().optional(), password: z.string().optional() }),
  ),
  /** Publishes of one client that may wait for their PUBACK. */
  window: z.int(),
  keepaliveSeconds: z.int(),
  /** Observed-at of the first message of each client. */
  from: z.number(),
  /** Instead of live readings: what each device kept during an outage. */
  backlog: z
    .strictObject({ until: z.number(), minutes: z.int(), duplicates: z.number(), revised: z.number() })
    .optional(),
  /** Clients come back after their connection was closed, and send again what was not acknowledged. */
  returns: z.boolean().optional(),
  /** Takes the time from the publish until it is seen in the API, of the first so many clients. */
  visible: z.strictObject({ url: z.string(), stations: z.array(z.string()) }).optional(),
});
export type Plan = z.infer<typeof Plan>;

/** Messages from the start of the run on; figures are taken after the warm-up only. */
const Run = z.strictObject({
  kind: z.literal('run'),
  warmUpMs: z.number(),
  /** How long figures are taken; until `finish` when absent. */
  measureMs: z.number().optional(),
  /** Messages a second of all clients together; as fast as they are acknowledged when absent. */
  rate: z.number().optional(),
  /** How many clients a second, taken at random, are gone without a word and come back; none when absent. */
  dropOuts: z.number().optional(),
  /** Observed-at of the next message of each client is no earlier than this. */
  from: z.number(),
});
export type Run = z.infer<typeof Run>;

export const Order = z.discriminatedUnion('kind', [
  Plan,
  Run,
  /** Sends nothing until `go`, as a load that must not outrun a bound. */
  z.strictObject({ kind: z.literal('hold') }),
  z.strictObject({ kind: z.literal('go') }),
  z.strictObject({ kind: z.literal('finish') }),
]);
export type Order = z.infer<typeof Order>;

const Distribution = z.strictObject({ count: z.number(), p50: z.number(), p99: z.number(), max: z.number() });

const Result = z.strictObject({
  kind: z.literal('result'),
  /** Acknowledged since the run began, warm-up and farewell included. */
  total: z.int(),
  /** Acknowledged while figures were taken, and for how long they were. */
  measured: z.int(),
  seconds: z.number(),
  latency: Distribution,
  /** Processor time of the generator while figures were taken. */
  cpuMs: z.number(),
  /** Of a paced run: how far behind its schedule the generator sent, and what it left out for want of room. */
  lateness: Distribution,
  skipped: z.int(),
  /** Connections that the broker closed. */
  closed: z.int(),
  closedWhy: z.string().optional(),
  /** How often a client came back. */
  returned: z.int(),
  /** Observed-at behind the last message of any client. */
  next: z.number(),
  /** From publish to the event `reading`, to `latest`, and to an answer of `/v1/latest`. */
  visible: z
    .strictObject({ reading: Distribution, latest: Distribution, polled: Distribution, unseen: z.int() })
    .optional(),
});
export type Result = z.infer<typeof Result>;

export const Report = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('connected') }),
  z.strictObject({ kind: z.literal('measuring') }),
  /** Each second: acknowledged since the run began, and connections that the broker closed. */
  z.strictObject({ kind: z.literal('progress'), total: z.int(), closed: z.int() }),
  Result,
]);
export type Report = z.infer<typeof Report>;
