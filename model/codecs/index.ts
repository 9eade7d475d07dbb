import type { Codec } from '#model/codec.ts';
import { json } from './json.ts';

/** Every payload format that Klawing reads. */
export const CODECS: readonly Codec[] = [json];

const BY_NAME: ReadonlyMap<string, Codec> = new Map(CODECS.map((codec) => [codec.name, codec]));

/** The codec of this name, or undefined. */
export const codecNamed = (name: string): Codec | undefined => BY_NAME.get(name);
