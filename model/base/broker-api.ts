import { z } from 'zod';
import { RecentRefusal } from '#model/limits/refusal.ts';

/**
 * The local socket between ingest and broker: HTTP over a Unix domain socket that only the service's own user can
 * open. Ingest asks, the broker answers. Errors are `{ code, detail, retry }` of a `Fault` with status 503 (retry) or
 * 400.
 *
 * | Call | Body | Answer |
 * |---|---|---|
 * | `POST /append?device=&topic=` | the payload's bytes | 200 `AppendAnswer` once it is synced |
 * | `POST /forward?gateway=&topic=` | the payload's bytes | 200 `ForwardAnswer` once it is synced, or at once when it is of no use |
 * | `POST /publish?topic=&qos=&retain=` | the payload's bytes | 204 |
 * | `POST /withdraw?topic=` | – | 204: no kept session holds a message of this topic any more |
 * | `POST /registry-changed` | – | 204 once the broker has read the registry again |
 * | `POST /disconnect?device=` | – | 200 `DisconnectAnswer` |
 * | `POST /passed?journal=&sequence=` | – | 204: both readers have come this far |
 * | `GET /synced?after=` | – | 200 `SyncedAnswer` once an entry behind this one is synced, or after a while |
 * | `GET /received?from=&to=` | – | 200 `ReceivedAnswer`, hours since 1970, inclusive |
 * | `GET /refusals?name=` | – | 200 `RefusalsAnswer`: of one name, or all, the newest first |
 * | `GET /health` | – | 200 `BrokerHealth` |
 * | `GET /metrics` | – | 200 Prometheus text |
 */
export const AppendAnswer = z.object({ journal: z.string(), sequence: z.int().positive() });
export type AppendAnswer = z.infer<typeof AppendAnswer>;

/** Result of a message of a network server. */
export const ForwardAnswer = z.union([AppendAnswer, z.object({ ignored: z.literal(true) })]);
export type ForwardAnswer = z.infer<typeof ForwardAnswer>;

export const DisconnectAnswer = z.object({ connections: z.int().nonnegative() });
export type DisconnectAnswer = z.infer<typeof DisconnectAnswer>;

/** Number of the newest synced entry. */
export const SyncedAnswer = z.object({ last: z.int().nonnegative() });
export type SyncedAnswer = z.infer<typeof SyncedAnswer>;

/** Hours that are still being counted, by sender; those that are over stand in the journal's files. */
export const ReceivedAnswer = z.object({
  journal: z.string(),
  through: z.int().nonnegative(),
  hours: z.array(z.object({ hour: z.int(), counts: z.array(z.tuple([z.string(), z.int()])) })),
});

/** Recent refusals since the start of the broker. */
export const RefusalsAnswer = z.object({ refusals: z.array(RecentRefusal) });

export const BrokerHealth = z.object({
  journal: z.object({
    id: z.string(),
    first: z.int(),
    last: z.int(),
    segments: z.int(),
    bytes: z.number(),
    stalled: z.enum(['bound', 'reserve', 'error']).optional(),
    lastCommitMs: z.number(),
    commits: z.int(),
  }),
  connections: z.int(),
  /** Devices and gateways that ask for a version of MQTT that is not spoken, by the protocol level of their CONNECT. */
  otherVersions: z.array(z.object({ sender: z.string(), level: z.int(), at: z.number() })).default([]),
});
export type BrokerHealth = z.infer<typeof BrokerHealth>;

export const LinkFault = z.object({ code: z.string(), detail: z.string(), retry: z.boolean() });

/** Longest path that a Unix domain socket may have on Linux (`sun_path`, 108 bytes with its ending NUL). */
export const SOCKET_PATH_BYTES = 107;

/**
 * Where the local socket of a data folder is: inside it, or, where that path would be too long, under `/tmp` with the
 * folder's fingerprint. Broker and ingest both ask here, each with the same absolute path.
 */
export const socketPath = (dataFolder: string): string => {
  const inside = `${dataFolder}/broker.sock`;
  return Buffer.byteLength(inside) <= SOCKET_PATH_BYTES ? inside : `/tmp/klawing-${fingerprint(dataFolder)}.sock`;
};

/** FNV-1a, 64 bits: tells folders apart, keeps no secret. */
const fingerprint = (text: string): string => {
  let hash = 0xcbf29ce484222325n;
  for (const byte of Buffer.from(text)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash.toString(16).padStart(16, '0');
};
