import type { Aedes } from 'aedes';
import { z } from 'zod';
import type { Clock } from '#model/base/clock.ts';
import { seconds } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import {
  type AppendAnswer,
  type BrokerHealth,
  type DisconnectAnswer,
  type ForwardAnswer,
  RefusalsAnswer,
  type SyncedAnswer,
} from '#model/base/broker-api.ts';
import type { Packet } from '#model/readings/packet.ts';
import { isDownlink } from '#model/registry/gateway.ts';
import { parseTopic, type Topic } from '#model/readings/topic.ts';
import type { RecentRefusals } from '#model/limits/recent-refusals.ts';
import type { JournalWriter } from '#journal/journal.ts';
import { gatewayRight, type PublishRight } from '#broker/auth/authorize-publish.ts';
import type { Acknowledger } from '#broker/publish/acknowledger.ts';
import type { BrokerCounts } from '#broker/metrics/counts.ts';
import { type Credentials, nameOf } from '#broker/auth/identity.ts';
import type { ControlAnswer, ControlCalls, ControlRequest } from './local-socket.ts';
import type { OtherVersions } from '#broker/mqtt/other-versions.ts';
import type { SessionPersistence } from '#broker/sessions/start.ts';
import type { Sessions } from '#broker/publish/session.ts';

export interface ControlDeps {
  readonly aedes: Aedes;
  readonly acknowledger: Acknowledger;
  readonly counts: BrokerCounts;
  readonly credentials: Credentials;
  readonly journal: JournalWriter;
  readonly sessions: Sessions;
  readonly otherVersions: Pick<OtherVersions, 'all'>;
  readonly recentRefusals: Pick<RecentRefusals, 'all' | 'of'>;
  readonly persistence: Pick<SessionPersistence, 'withdraw' | 'synced'>;
  readonly metrics: { text(): Promise<string> };
  readonly clock: Clock;
  readonly isStopping: () => boolean;
  /** Raised when the broker stops. */
  readonly stopping: AbortSignal;
}

const DONE: ControlAnswer = { status: 204 };

const PublishQuery = z.object({
  topic: z.string(),
  qos: z.enum(['0', '1', '2']).transform((text) => (text === '0' ? 0 : 1)),
  retain: z.enum(['true', 'false']).transform((text) => text === 'true'),
});
const PassedQuery = z.object({ journal: z.string(), sequence: z.coerce.number().int().nonnegative() });
const SyncedQuery = z.object({ after: z.coerce.number().int().nonnegative() });
/** Time after which a call that waits for entries is answered without any: its caller may be gone. */
const LONGEST_WAIT = seconds(2);
const ReceivedQuery = z.object({ from: z.coerce.number().int(), to: z.coerce.number().int() });

/** The calls of the broker API; `model/base/broker-api.ts` has the table. */
export const createControlCalls = (deps: ControlDeps): ControlCalls => ({
  'POST /append': (request) => append(deps, request),
  'POST /forward': (request) => forward(deps, request),
  'POST /publish': (request) => publish(deps, request),
  'POST /withdraw': async ({ query }) => {
    await deps.persistence.withdraw(query.get('topic') ?? '');
    return DONE;
  },
  'POST /registry-changed': () => {
    deps.credentials.refresh();
    return DONE;
  },
  'POST /disconnect': ({ query }) => {
    const name = query.get('device');
    const connections = deps.sessions.disconnect((identity) => nameOf(identity) === name);
    return json({ connections } satisfies DisconnectAnswer);
  },
  'POST /passed': async ({ query }) => {
    const { journal, sequence } = parse(PassedQuery, query);
    if (journal !== deps.journal.id) {
      throw new Fault('JOURNAL_FOREIGN', `the readers read journal ${journal}, this broker writes ${deps.journal.id}`);
    }
    const { last } = deps.journal.state();
    if (sequence > last) {
      throw new Fault(
        'JOURNAL_FOREIGN',
        `the readers passed entry ${sequence}, the journal ends at ${last} and would assign numbers a second time; ` +
          'put the newer journal folder back, or restore a backup of the whole data folder',
      );
    }
    await deps.journal.passed(sequence);
    return DONE;
  },
  'GET /synced': async ({ query }) => {
    const { after } = parse(SyncedQuery, query);
    const late = new AbortController();
    const timer = deps.clock.after(LONGEST_WAIT, () => late.abort());
    await deps.journal.beyond(after, AbortSignal.any([late.signal, deps.stopping]));
    timer.stop();
    if (deps.stopping.aborted) throw new Fault('SERVICE_STOPPED', 'the broker is stopping', { retry: true });
    return json({ last: deps.journal.state().last } satisfies SyncedAnswer);
  },
  'GET /received': ({ query }) => {
    const { from, to } = parse(ReceivedQuery, query);
    return json(deps.journal.recent(from, to));
  },
  'GET /refusals': ({ query }) => {
    const name = query.get('name');
    const refusals = name === null ? deps.recentRefusals.all() : deps.recentRefusals.of(name);
    return json(z.encode(RefusalsAnswer, { refusals: [...refusals] }));
  },
  'GET /health': () => json(health(deps)),
  'GET /metrics': async () => ({ status: 200, body: await deps.metrics.text(), contentType: 'text/plain' }),
});

/** Journals an HTTP body as a publish of its device with QoS 1. Ingest has authenticated the sender. */
const append = (deps: ControlDeps, request: ControlRequest) => {
  const device = request.query.get('device') ?? '';
  const topic = request.query.get('topic') ?? '';
  const parsed = parseTopic(topic);
  if (parsed?.kind !== 'readings' || parsed.device !== device) {
    throw new Fault('TOPIC_REFUSED', `"${topic}" is not a readings topic of "${device}"`);
  }
  return journaled(deps, { kind: 'readings', sender: device, topic, payload: request.body });
};

/** The right for an HTTP body of a gateway without a readable device: it ends in quarantine. */
const unreadable = (gateway: string, topic: string): PublishRight | undefined => {
  const parsed = parseTopic(topic);
  if (parsed?.kind !== 'readings' || parsed.device !== gateway) return undefined;
  return { kind: 'readings', sender: gateway, isRetainable: false, forwarded: 'stranger' };
};

/** Journals an HTTP body of a network server by the rules of its MQTT connection. Ingest has authenticated the gateway. */
const forward = (deps: ControlDeps, { query, body }: ControlRequest): ControlAnswer | Promise<ControlAnswer> => {
  const [gateway, topic] = [query.get('gateway') ?? '', query.get('topic') ?? ''];
  const kind = deps.credentials.holder(gateway)?.kind;
  if (kind === undefined || kind === 'device') throw new Fault('TOPIC_REFUSED', `"${gateway}" is not a gateway`);
  const right = gatewayRight({ gateway, kind }, topic, deps.credentials) ?? unreadable(gateway, topic);
  if (right === undefined) throw new Fault('TOPIC_REFUSED', `"${topic}" is not a topic of a gateway of kind ${kind}`);
  if (right.forwarded !== undefined) deps.counts.forwarded[right.forwarded] += 1;
  if (right.kind === undefined) return json({ ignored: true } satisfies ForwardAnswer);
  return journaled(deps, { kind: right.kind, sender: right.sender, topic, payload: body });
};

const journaled = (
  { acknowledger, counts, journal, clock, isStopping }: ControlDeps,
  posted: Pick<Packet, 'kind' | 'sender' | 'topic' | 'payload'>,
): Promise<ControlAnswer> => {
  if (isStopping()) throw new Fault('SERVICE_STOPPED', 'the broker is stopping', { retry: true });
  const entry: Packet = { ...posted, connection: 0, qos: 1, dup: false, packetId: 0, receivedAt: clock.now() };
  return new Promise<ControlAnswer>((resolve, reject) => {
    acknowledger.take(entry, (fault, sequence) => {
      if (fault !== undefined) {
        reject(fault);
        return;
      }
      counts.posted += 1;
      resolve(json({ journal: journal.id, sequence } satisfies AppendAnswer));
    });
  });
};

/** Topics of ingest, beside the downlinks of network servers. */
const PUBLISHED: ReadonlySet<Topic['kind'] | undefined> = new Set(['config', 'command', 'alert', 'state']);

/** Answers when the copies in persistent sessions and the retained message are on disk. */
const publish = async (
  { aedes, persistence, isStopping }: ControlDeps,
  { query, body }: ControlRequest,
): Promise<ControlAnswer> => {
  if (isStopping()) throw new Fault('SERVICE_STOPPED', 'the broker is stopping', { retry: true });
  const { topic, qos, retain } = parse(PublishQuery, query);
  if (!PUBLISHED.has(parseTopic(topic)?.kind) && !isDownlink(topic)) {
    throw new Fault('TOPIC_REFUSED', `"${topic}" is neither a config, a command, a downlink, an alert nor a state`);
  }
  const packet = { cmd: 'publish', topic, payload: Buffer.from(body), qos, retain, dup: false } as const;
  await new Promise<void>((resolve, reject) => {
    aedes.publish(packet, (error) => {
      // these topics are within the limits of Aedes, so the publish fails only while Aedes is being closed
      if (error) reject(new Fault('SERVICE_STOPPED', error.message, { retry: true, cause: error }));
      else resolve();
    });
  });
  await persistence.synced();
  return DONE;
};

const health = ({ journal, sessions, otherVersions }: ControlDeps): BrokerHealth => {
  const { stalled, ...state } = journal.state();
  const stall = stalled === undefined ? {} : { stalled };
  return {
    journal: { id: journal.id, ...state, ...stall },
    connections: sessions.size,
    otherVersions: [...otherVersions.all()],
  };
};

const json = (value: unknown): ControlAnswer => ({ status: 200, body: JSON.stringify(value) });

const parse = <T>(schema: z.ZodType<T>, query: URLSearchParams): T => {
  const parsed = schema.safeParse(Object.fromEntries(query));
  if (parsed.success) return parsed.data;
  throw new Fault('REQUEST_INVALID', z.prettifyError(parsed.error));
};
