import { Decoder } from './decode/decode.ts';
import { qualifyBatch } from './qualify/qualify.ts';
import { readingEntries } from './read-steps.ts';
import { Fault } from '#model/base/fault.ts';
import type { Instant } from '#model/base/instant.ts';
import { pointerStep } from '#model/base/json-pointer.ts';
import { readingsIn } from '#model/readings/columns.ts';
import { FLAG } from '#model/readings/flag.ts';
import type { Message, Observation, PlainMessage, Refusal } from '#model/readings/message.ts';
import type { Entry } from '#model/readings/packet.ts';
import type { Qualified } from '#model/readings/reading.ts';
import type { Registration } from '#model/registry/profile.ts';
import type { Registry } from '#model/registry/registry.ts';

/** Whether a value would be stored, stored as MISSING, is none, is refused, or does not count beside another of its property. */
export const FIELD_OUTCOMES = ['stored', 'stored-missing', 'no-value', 'refused', 'not-counted'] as const;
export type FieldOutcome = (typeof FIELD_OUTCOMES)[number];

/** One field of a message and the reading that it would become. */
export interface ExplainedField {
  readonly field: string;
  readonly place: string;
  /** Null for a missing value. */
  readonly given: number | null;
  readonly outcome: FieldOutcome;
  readonly reading: Qualified | undefined;
}

/** One moment of a packet. */
export interface ExplainedMessage {
  readonly place: string;
  /** Time that the device gave. */
  readonly time: Instant | undefined;
  readonly id: string | undefined;
  readonly fields: readonly ExplainedField[];
}

/** A packet as each step of the pipeline reads it. */
export interface Explained {
  readonly codec: string;
  readonly codecVersion: number;
  readonly registration: Registration | undefined;
  readonly messages: readonly ExplainedMessage[];
  readonly refused: readonly Refusal[];
  readonly readings: readonly Qualified[];
}

const observationsIn = (message: Message | PlainMessage | Fault): readonly Observation[] =>
  message instanceof Fault || 'shape' in message ? [] : message.observations;

const isAt = (place: string, refused: string): boolean => place === refused || place.startsWith(`${refused}/`);

const outcomeOf = (
  given: number | null,
  reading: Qualified | undefined,
  place: string,
  refused: readonly Refusal[],
): FieldOutcome => {
  if (reading !== undefined) return reading.flag === FLAG.MISSING ? 'stored-missing' : 'stored';
  if (refused.some((refusal) => isAt(place, refusal.place))) return 'refused';
  return given === null ? 'no-value' : 'not-counted';
};

/**
 * Decodes, validates and qualifies one packet as the pipeline does, by its own steps, and stores nothing. Repetitions are not
 * recognised, and values are not compared with earlier ones.
 */
export const explainPacket = (registry: Registry, entry: Entry): Explained => {
  const { codec, codecVersion, registration, message } = new Decoder(registry).decode(entry);
  const batch = qualifyBatch(readingEntries(registry)([entry]));
  const refused = batch.packets.flatMap((packet) => packet.refused);
  const readings = readingsIn(batch.readings);
  const byPlace = new Map(readings.map((reading) => [reading.place, reading]));
  const messages = observationsIn(message).map(({ place, time, id, values, steps }) => ({
    place,
    time,
    id,
    fields: Array.from(values, ([field, given]): ExplainedField => {
      const at = place + (steps?.get(field) ?? pointerStep(field));
      const reading = byPlace.get(at);
      return { field, place: at, given, outcome: outcomeOf(given, reading, at, refused), reading };
    }),
  }));
  return { codec, codecVersion, registration, messages, refused, readings };
};
