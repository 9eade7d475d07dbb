import type { PublishPacket } from 'aedes';
import { parseTopic } from '#model/readings/topic.ts';
import type { Credentials } from './identity.ts';
import type { SessionPersistence } from '#broker/sessions/start.ts';

/** Who is in the registry no more: removed, or revoked. While there is no registry nobody is gone. */
export interface Deregistered {
  /** The owner of a kept session, as `role name`. */
  isOwner(owner: string): boolean;
  isName(name: string): boolean;
  /** Does this topic tell the state of one that is gone? */
  isStatus(topic: string): boolean;
}

/** Whose state a topic tells; undefined for every other topic. */
export const tellerOf = (topic: string): string | undefined => {
  const parsed = parseTopic(topic);
  return parsed?.kind === 'status' ? parsed.device : undefined;
};

export const createDeregistered = (credentials: Pick<Credentials, 'isThere' | 'holder'>): Deregistered => {
  const isGone = (name: string): boolean => credentials.isThere() && credentials.holder(name) === undefined;
  return {
    isOwner: (owner) => {
      const [, name] = owner.split(' ');
      return name !== undefined && isGone(name);
    },
    isName: isGone,
    isStatus: (topic) => {
      const teller = tellerOf(topic);
      return teller !== undefined && isGone(teller);
    },
  };
};

interface ForgetDeps {
  readonly aedes: { publish(packet: PublishPacket, done: () => void): void };
  readonly persistence: Pick<SessionPersistence, 'forget' | 'toldBy'>;
}

/**
 * Drops what is kept in the name of those who are gone: sessions with all that waits in them, and the retained status,
 * of which listeners are told by an empty message. A config stays until ingest takes it away: a device that was revoked
 * may be let in again.
 */
export const forgetDeregistered = (gone: Deregistered, { aedes, persistence }: ForgetDeps): void => {
  persistence.forget(gone.isOwner);
  for (const topic of persistence.toldBy(gone.isName)) {
    const nothing = { cmd: 'publish', topic, payload: Buffer.alloc(0), qos: 0, retain: true, dup: false } as const;
    aedes.publish(nothing, () => undefined);
  }
};
