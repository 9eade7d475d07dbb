import type { LogFields } from '#model/base/log.ts';
import type { RecentRefusals } from '#model/limits/recent-refusals.ts';
import type { RefusalCause } from '#model/limits/refusal.ts';
import type { Credentials } from '#broker/auth/identity.ts';
import type { LimitName, RefusalReason } from './counts.ts';

/** The client that a refusal or a limit is about, and further facts for the log. */
export interface ClientFacts extends LogFields {
  /** Registered name of an authenticated client. */
  readonly device?: string | undefined;
  /** User name, as the client gave it. */
  readonly user?: string | undefined;
  /** Client id, as the client gave it. */
  readonly client?: string | undefined;
  readonly address?: string | undefined;
}

/** The cause that a technician reads for each reason that the broker counts. Undefined for a limit that refuses nothing. */
const CAUSES: Readonly<Record<RefusalReason | LimitName | 'taken-over', RefusalCause | undefined>> = {
  connections: 'too-many',
  'connections-per-address': 'too-many',
  'connections-per-identity': 'too-many',
  'connection-rate': 'rate',
  'connection-rate-per-address': 'rate',
  'connect-timeout': 'unfinished',
  'packet-ids': 'too-many',
  'connect-too-large': 'too-large',
  'packet-too-large': 'too-large',
  'length-malformed': 'malformed',
  'packet-timeout': 'unfinished',
  unfinished: 'unfinished',
  malformed: 'malformed',
  'protocol-level': 'mqtt-version',
  credentials: 'secret',
  'client-id': 'client-id',
  'client-id-length': 'client-id',
  'topic-length': 'topic',
  'topic-levels': 'topic',
  will: 'will',
  publish: 'topic',
  sparkplug: 'sparkplug',
  subscribe: 'filter',
  subscriptions: 'too-many',
  releases: 'too-many',
  'drain-timeout': 'unfinished',
  session: 'too-many',
  revoked: 'revoked',
  journal: 'not-kept',
  tls: 'tls',
  'tls-on-plain-port': 'tls-on-plain-port',
  'web-origin': 'web-origin',
  'device-messages': 'rate',
  'device-bytes': 'rate',
  'in-flight': undefined,
  keepalive: undefined,
  'retained-size': undefined,
  retained: undefined,
  'taken-over': 'taken-over',
};

/** Members that a record has in columns of its own. */
const IN_COLUMNS: ReadonlySet<string> = new Set(['device', 'user', 'client', 'address']);

/** Notes a refusal for the technician of the device. */
export type NoteRefusal = (reason: RefusalReason | LimitName | 'taken-over', facts: ClientFacts) => void;

export const createNoteRefusal =
  (recent: Pick<RecentRefusals, 'note'>, { holder }: Pick<Credentials, 'holder'>): NoteRefusal =>
  (reason, facts) => {
    const cause = CAUSES[reason];
    if (cause === undefined) return;
    const { device, user, client, address } = facts;
    const name = device ?? user ?? client;
    const held = name === undefined ? undefined : holder(name);
    recent.note({
      cause: cause === 'secret' ? ofCredentials(held) : cause,
      name,
      isProven: device !== undefined,
      isRegistered: held !== undefined,
      client,
      address,
      detail: detailOf(facts),
    });
  };

const ofCredentials = (held: ReturnType<Credentials['holder']>): RefusalCause => {
  if (held === undefined) return 'unregistered';
  return held.isCertificateOnly ? 'certificate-missing' : 'secret';
};

const detailOf = (facts: ClientFacts): string =>
  Object.entries(facts)
    .filter(([name, value]) => !IN_COLUMNS.has(name) && value !== undefined)
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
