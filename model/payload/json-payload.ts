import { Fault, type FaultCode } from '#model/base/fault.ts';
import { readJsonText, type RepeatedNames } from './json-text.ts';
import { hasRepeatedNames } from './repeated-names.ts';
import type { DecodeOptions } from '#model/readings/codec.ts';
import { faultOfForeign } from './foreign-payload.ts';

/** A payload that is JSON, or nearly. */
export interface JsonPayload {
  /** Its value; of several objects one behind the other an array. */
  readonly given: unknown;
  readonly text: string;
  /** Names that stand more than once, unless the registration says which value counts. */
  readonly repeated: RepeatedNames;
}

const NONE_REPEATED: RepeatedNames = new Map();

const NOT_JSON: readonly FaultCode[] = [
  'PAYLOAD_NOT_JSON',
  'PAYLOAD_CUT',
  'PAYLOAD_UTF16',
  'PAYLOAD_CSV',
  'PAYLOAD_COMPRESSED',
];

/** Whether a payload was refused because it is not JSON: it may be meant for another codec. */
export const isNotJson = (error: unknown): error is Fault => error instanceof Fault && NOT_JSON.includes(error.code);

const readSlowly = (payload: Uint8Array, text: string, options: DecodeOptions): JsonPayload => {
  try {
    const { values, repeated } = readJsonText(text, options);
    return { given: values.length === 1 ? values[0] : values, text, repeated };
  } catch (error) {
    throw (isNotJson(error) ? faultOfForeign(payload) : undefined) ?? error;
  }
};

/**
 * Reads a payload that should be JSON: as the standard parser does where it can.
 * @throws Fault that says what the payload looks like
 */
export const readJsonPayload = (payload: Uint8Array, options: DecodeOptions): JsonPayload => {
  const text = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('utf8');
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    return readSlowly(payload, text, options);
  }
  return hasRepeatedNames(text, given) ? readSlowly(payload, text, options) : { given, text, repeated: NONE_REPEATED };
};
