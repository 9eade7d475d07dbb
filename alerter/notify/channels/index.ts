import { z } from 'zod';
import { email } from './email.ts';
import { log } from './log.ts';
import { mqtt } from './mqtt.ts';
import { webhook } from './webhook.ts';

/** The kinds of channels. A new one is an import and an entry here. */
export const CHANNELS = [log, email, webhook, mqtt] as const;

const [first, ...others] = CHANNELS;

/** One of `alerts.channels` in `klawing.yaml`, with its recipients and its sender. */
export const ConfiguredChannel = z.discriminatedUnion('kind', [
  first.configured,
  ...others.map(({ configured }) => configured),
]);
export type ConfiguredChannel = z.infer<typeof ConfiguredChannel>;
