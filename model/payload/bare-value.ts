import type { DecodeOptions } from '#model/readings/codec.ts';
import { Fault } from '#model/base/fault.ts';
import type { Message } from '#model/readings/message.ts';
import { explainValue, readValue } from './given-value.ts';

/** Longer payloads are no single value. */
const LONGEST = 64;

const WORDS: ReadonlyMap<string, boolean> = new Map([
  ['on', true],
  ['off', false],
  ['true', true],
  ['false', false],
]);

/** The name under which packets of a single value stand in quarantine. */
export const BARE_VALUE = 'value';

/**
 * Reads a payload that is one value as text, as `31.5`, `nan` or `ON`. Its name is in the topic.
 * @throws Fault where it is none
 */
export const readBareValue = (payload: Uint8Array, name: string, options: DecodeOptions): Message => {
  if (payload.byteLength === 0) throw new Fault('PAYLOAD_EMPTY', 'send the value as text');
  if (options.members?.ignored.has(name) === true) return { observations: [], refused: [] };
  const text = Buffer.from(payload.buffer, payload.byteOffset, Math.min(payload.byteLength, LONGEST + 1)).toString();
  const truth = WORDS.get(text.trim().toLowerCase());
  const value = readValue(truth ?? text, options);
  if (value === undefined) throw explainValue(name, text, options);
  const truths = truth === undefined ? undefined : new Set([name]);
  const steps = new Map([[name, '']]);
  return {
    observations: [
      { time: undefined, id: undefined, place: '', steps, values: new Map([[name, value]]), truths, refused: [] },
    ],
    refused: [],
  };
};
