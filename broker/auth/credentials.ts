import type { Clock } from '#model/base/clock.ts';
import { seconds } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import type { Instant } from '#model/base/instant.ts';
import type { Log } from '#model/base/log.ts';
import { hashSecret, isSameHash } from '#model/base/secret.ts';
import type { Credentials } from './identity.ts';
import { type KnownCredentials, NOTHING_KNOWN, type StoredSecret, openCredentialsFile } from './credentials-file.ts';

/** Compared with where there is no secret, so that an unknown name takes as long as a wrong secret. */
const NOBODY = new Uint8Array(32);

/** As many as are valid at a time. */
const COMPARED = 2;

export interface CredentialSource {
  /** The operations database, which ingest writes; a missing file or view means no devices yet. */
  readonly path: string;
  /** Key of this installation that secrets are hashed under. */
  readonly key: Buffer;
}

/**
 * Credentials as the operations database has them. All of them are kept in memory, so that a connect never waits for
 * the database. Each second a look at `PRAGMA data_version` tells whether anything was written; only then, and only
 * when the registry's own revision has moved, are they read again. A secret whose time has come is a change too.
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

  const take = (force: boolean): void => {
    const newer = file.read(force);
    const isEnded = clock.now() >= nextEnd;
    if (newer === undefined && !isEnded) return;
    known = newer ?? known;
    nextEnd = nextEndOf(known, clock.now());
    for (const call of listeners) call();
  };

  const poll = (): void => {
    try {
      take(false);
      isUnreadable = false;
    } catch (error) {
      if (!isUnreadable) log.warn('registry cannot be read; known devices go on', { path: source.path, error });
      isUnreadable = true;
    }
  };

  poll();
  const timer = clock.every(seconds(1), poll);
  return {
    ...lookingInto(() => known, source.key, clock),
    refresh: () => {
      try {
        take(true);
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

const lookingInto = (
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
        if (isSameHash(stored ?? NOBODY, hash)) found = stored;
      }
      return found;
    },
    holds: (id, hash) => validOf(id).some((each) => isSameHash(each.hash, hash)),
    deviceOf: (gateway, externalId) => known().forwarded.get(gateway)?.get(externalId),
    speaksFor: (gateway, device) => known().gateways.get(device) === gateway,
  };
};

/** When the next secret ends that is valid now. */
const nextEndOf = ({ secrets }: KnownCredentials, now: Instant): Instant => {
  let next = Number.POSITIVE_INFINITY;
  for (const each of secrets.values()) {
    for (const { until } of each) if (until !== undefined && until > now) next = Math.min(next, until);
  }
  return next;
};
