import { hash } from 'node:crypto';
import type { Identity } from '#ingest/batch.ts';
import type { Instant } from '#model/base/instant.ts';
import type { Entry } from '#model/readings/packet.ts';
import type { Reading } from '#model/readings/reading.ts';
import { isAmount } from '#model/families/index.ts';

/** Gives the MQTT session that a packet came by. */
export type SessionOf = (entry: Entry) => string;

/** 132 bits: two packets of one device are not to meet by chance, and nobody gains by making two that do. */
const HASH_CHARACTERS = 22;

const hashOf = ({ payload }: Entry): string => hash('sha256', payload, 'base64url').slice(0, HASH_CHARACTERS);

/** Begins the names of all identities of one observed-at. */
export const atTime = (time: Instant): string => `${time} `;

/** The members of a reading that make its identity, where it has a time and no id. */
type TimedReading = Pick<Reading, 'family' | 'property' | 'observedAt' | 'value'>;

/**
 * The identity of a reading with a time and without an id. It is only noted where the reading is stored at another time. The
 * value of an amount belongs to it: another amount at the same time is not a correction, it has to be added.
 */
export const withoutId = (reading: TimedReading): Identity => ({
  name: `${atTime(reading.observedAt)}${isAmount(reading) ? `=${reading.value}` : '-'}`,
  content: '',
});

/**
 * The identity of an observation, by its first reading. With a time: time and id; undefined without an id, as device, property and time say all.
 * Without a time: the id with the bytes of the packet, else session, packet identifier and bytes; undefined for QoS 0 and
 * HTTP, which have no packet identifier.
 */
export const identityOf = (
  entry: Entry,
  first: Pick<Reading, 'observedAt' | 'timedBy' | 'place'>,
  id: string | undefined,
  sessionOf: SessionOf,
): Identity | undefined => {
  if (first.timedBy !== 'arrival') {
    return id === undefined ? undefined : { name: atTime(first.observedAt) + JSON.stringify(id), content: '' };
  }
  const place = first.place.slice(0, first.place.lastIndexOf('/'));
  if (id !== undefined) return { name: `${JSON.stringify(id)} ${hashOf(entry)} ${place}`, content: '' };
  if (entry.packetId === 0) return undefined;
  return { name: `mqtt ${sessionOf(entry)} ${entry.packetId} ${place}`, content: hashOf(entry) };
};

/**
 * Whether an observation may be a redelivery. Where only the packet identifier tells it, its sender has to say so: equal
 * bytes alone may be two calm minutes.
 */
export const mayBeAgain = ({ dup }: Entry, { content }: Identity): boolean => content === '' || dup;
