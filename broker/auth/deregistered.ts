import type { PublishPacket } from 'aedes';
import { parseTopic } from '#model/readings/topic.ts';
import type { Credentials } from './identity.ts';
import type { SessionPersistence } from '#broker/sessions/start.ts';

/** Devices and gateways that were deleted or revoked. Before the registry exists, none are. */
export interface Deregistered {
  /** The owner of a persistent session, as `role name`. */
  isOwner(owner: string): boolean;
  isName(name: string): boolean;
  /** True for the status topic of a deregistered device or gateway. */
  isStatus(topic: string): boolean;
}

/** The device or gateway of a status topic. Undefined for other topics. */
export const statusOwnerOf = (topic: string): string | undefined => {
  const parsed = parseTopic(topic);
  return parsed?.kind === 'status' ? parsed.device : undefined;
};

export const createDeregistered = (credentials: Pick<Credentials, 'isThere' | 'holder'>): Deregistered => {
  const isDeregistered = (name: string): boolean => credentials.isThere() && credentials.holder(name) === undefined;
  return {
    isOwner: (owner) => {
      const [, name] = owner.split(' ');
      return name !== undefined && isDeregistered(name);
    },
    isName: isDeregistered,
    isStatus: (topic) => {
      const owner = statusOwnerOf(topic);
      return owner !== undefined && isDeregistered(owner);
    },
  };
};

interface ForgetDeps {
  readonly aedes: { publish(packet: PublishPacket, done: () => void): void };
  readonly persistence: Pick<SessionPersistence, 'drop' | 'statusTopicsOf'>;
}

/**
 * Drops the state of deregistered devices and gateways: sessions with their messages, and the retained status, which an empty message
 * clears for subscribers too. A config stays until ingest removes it, because a revoked device may be registered again.
 */
export const dropDeregistered = (deregistered: Deregistered, { aedes, persistence }: ForgetDeps): void => {
  persistence.drop(deregistered.isOwner);
  for (const topic of persistence.statusTopicsOf(deregistered.isName)) {
    const empty = { cmd: 'publish', topic, payload: Buffer.alloc(0), qos: 0, retain: true, dup: false } as const;
    aedes.publish(empty, () => undefined);
  }
};
