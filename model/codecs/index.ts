import type { Codec } from '#model/readings/codec.ts';
import { cbor } from './cbor.ts';
import { chirpstack } from './chirpstack.ts';
import { draginoDistance } from './dragino-distance.ts';
import { json } from './json.ts';
import { lpp } from './lpp.ts';
import { milesight } from './milesight.ts';
import { senmlCbor } from './senml-cbor.ts';
import { senml } from './senml.ts';
import { ttn } from './ttn.ts';

/** Every payload format that Klawing reads. */
export const CODECS: readonly Codec[] = [
  json,
  cbor,
  senml,
  senmlCbor,
  lpp,
  milesight,
  draginoDistance,
  chirpstack,
  ttn,
];

const BY_NAME: ReadonlyMap<string, Codec> = new Map(CODECS.map((codec) => [codec.name, codec]));

/** The codec of this name, or undefined. */
export const codecNamed = (name: string): Codec | undefined => BY_NAME.get(name);
