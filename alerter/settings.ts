import { z } from 'zod';
import { durationSetting, timerSetting } from '#model/base/setting.ts';
import { CHANNELS, ConfiguredChannel } from './notify/channels/index.ts';
import { LANGUAGES } from './notify/texts.ts';

const KINDS: readonly string[] = CHANNELS.map(({ name }) => name);

const isObject = (given: unknown): given is object =>
  typeof given === 'object' && given !== null && !Array.isArray(given);

/** A channel that is called like its kind need not say it twice. */
const withKind = (name: string, given: unknown): unknown =>
  isObject(given) && !('kind' in given) && KINDS.includes(name) ? { ...given, kind: name } : given;

const Channels = z.preprocess(
  (given) =>
    isObject(given)
      ? Object.fromEntries(Object.entries(given).map(([name, of]: [string, unknown]) => [name, withKind(name, of)]))
      : given,
  z.record(z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'small letters, digits and "-", at most 32'), ConfiguredChannel),
);

/** `alerts:` in `klawing.yaml`, and what the environment sets of it. */
export const AlertSettings = z.strictObject({
  rules: z
    .string()
    .min(1)
    .optional()
    .meta({
      description: 'File of rules in addition to those of the families. Without it: config/rules.yaml, if it exists.',
      examples: ['config/rules.yaml'],
    }),
  link: z
    .url({ protocol: /^https?$/, error: 'an address that begins with http:// or https://' })
    .transform((url) => url.replace(/\/+$/, ''))
    .optional()
    .meta({
      description: 'Address of the console, for the links in messages. Without it: http://localhost:8080.',
      examples: ['https://klawing.example.go.id'],
    }),
  language: z
    .enum(LANGUAGES)
    .prefault('id')
    .describe('Language of messages to recipients without one of their own: id or en.'),
  timeout: timerSetting.prefault('10s').describe('Time limit for one attempt of a channel.'),
  giveUpAfter: durationSetting
    .prefault('24h')
    .describe(
      'Age at which an undelivered message is given up. A standing alarm, and the end of an alarm that was delivered, are still tried.',
    ),
  maxAttempts: z
    .int()
    .positive()
    .prefault(500)
    .describe('Attempts after which an undelivered message is given up, with the same exceptions.'),
  drainTimeout: timerSetting.prefault('5s').describe('Time limit for current attempts when the service stops.'),
  channels: Channels.prefault({}).describe(
    'Channels by name. "log" and "mqtt" are in use unless they say "enabled: false".',
  ),
});
export type AlertSettings = z.infer<typeof AlertSettings>;

/** Channels that are in use without being named. */
const DEFAULTS: AlertSettings['channels'] = Object.fromEntries(
  CHANNELS.filter(({ isDefault }) => isDefault).map(({ name }) => [name, ConfiguredChannel.parse({ kind: name })]),
);

/** The channels in use, by name. */
export const channelsOf = ({ channels }: AlertSettings): ReadonlyMap<string, ConfiguredChannel> =>
  new Map(Object.entries({ ...DEFAULTS, ...channels }).filter(([, { enabled }]) => enabled));
