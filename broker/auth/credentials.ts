import type { Clock } from '#model/base/clock.ts';
import { seconds } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import type { Instant } from '#model/base/instant.ts';
import type { Log } from '#model/base/log.ts';
import { hashSecret, isSameHash } from '#model/base/secret.ts';
import type { Credentials } from './identity.ts';
import { type KnownCredentials, NOTHING_KNOWN, type StoredSecret, openCredentialsFile } from './credentials-file.ts';

/** Hash for a name without a secret, so that an unknown name takes as long as a wrong secret. */
const NO_SECRET = new Uint8Array(32);

/** Number of comparisons: the number of secrets that are valid at one time. */
const COMPARED = 2;

export interface CredentialSource {
  /** Path of the operations database, which ingest writes. A missing file or view means that devices do not exist yet. */
  readonly path: string;
  /** Key of this installation for the hashes of secrets. */
  readonly key: Buffer;
}

/**
 * The credentials in the operations database, in memory, so that a CONNECT never waits for the database. Each second,
 * `PRAGMA data_version` shows whether the database was written; when the revision of the registry has changed too, the credentials are
 * read again. The end of the validity of a secret is also a change.
 */
export const startCredentials = (
  source: CredentialSource,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): Credentials & { stop(): void } => {
  const file = openCredentialsFile(source.path);
  const listeners: (() => void)[] = [];
  let known: KnownCredentials = NOTHING_KNOWN;
  let nextEnd = Number.POSITIVE_INFINITY;
  let isUnreadable = false;

  const update = (force: boolean): void => {
    const newer = file.read(force);
    const isEnded = clock.now() >= nextEnd;
    if (newer === undefined && !isEnded) return;
    known = newer ?? known;
    nextEnd = nextEndOf(known, clock.now());
    for (const call of listeners) call();
  };

  const poll = (): void => {
    try {
      update(false);
      isUnreadable = false;
    } catch (error) {
      if (!isUnreadable)
        log.warn('registry cannot be read; the credentials in memory stay in use', { path: source.path, error });
      isUnreadable = true;
    }
  };

  poll();
  const timer = clock.every(seconds(1), poll);
  return {
    ...lookUp(() => known, source.key, clock),
    refresh: () => {
      try {
        update(true);
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause);
        throw new Fault('OPERATIONS_FAILED', `${source.path} cannot be read: ${why}`, { retry: true, cause });
      }
    },
    onChange: (call) => void listeners.push(call),
    stop: () => {
      timer.stop();
      file.close();
    },
  };
};

const lookUp = (
  known: () => KnownCredentials,
  key: Buffer,
  clock: Clock,
): Omit<Credentials, 'refresh' | 'onChange'> => {
  const validOf = (id: string): readonly StoredSecret[] => {
    const now = clock.now();
    return (known().secrets.get(id) ?? []).filter(({ until }) => until === undefined || until > now);
  };
  return {
    isThere: () => known() !== NOTHING_KNOWN,
    holder: (id) => known().holders.get(id),
    match: (id, secret) => {
      const hash = hashSecret(key, secret);
      const valid = validOf(id);
      let found: Uint8Array | undefined;
      for (let i = 0; i < Math.max(COMPARED, valid.length); i += 1) {
        const stored = valid[i]?.hash;
        if (isSameHash(stored ?? NO_SECRET, hash)) found = stored;
      }
      return found;
    },
    holds: (id, hash) => validOf(id).some((each) => isSameHash(each.hash, hash)),
    deviceOf: (gateway, externalId) => known().forwarded.get(gateway)?.get(externalId),
    speaksFor: (gateway, device) => known().gateways.get(device) === gateway,
    topicsOf: (device) => known().holders.get(device)?.topics,
  };
};

/** The earliest end of a secret that is valid now. */
const nextEndOf = ({ secrets }: KnownCredentials, now: Instant): Instant => {
  let next = Number.POSITIVE_INFINITY;
  for (const each of secrets.values()) {
    for (const { until } of each) if (until !== undefined && until > now) next = Math.min(next, until);
  }
  return next;
};
