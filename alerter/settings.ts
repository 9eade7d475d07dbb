import { z } from 'zod';
import { durationSetting } from '#model/base/setting.ts';
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
  /** File of rules over those of the families; `config/rules.yaml` when it is there. */
  rules: z.string().min(1).optional(),
  /** Address of the console, for the links in messages. */
  link: z
    .url({ protocol: /^https?$/, error: 'an address that begins with http:// or https://' })
    .transform((url) => url.replace(/\/+$/, ''))
    .optional(),
  /** Language of messages to recipients without one of their own. */
  language: z.enum(LANGUAGES).prefault('id'),
  /** By name; `log` and `mqtt` are there unless they are switched off. */
  channels: Channels.prefault({}),
  /** Time limit of one try to send a message. */
  timeout: durationSetting.prefault('10s'),
  /** A message that could not be delivered for so long is given up. */
  giveUpAfter: durationSetting.prefault('24h'),
  /** Tries at one message before it is given up. */
  maxAttempts: z.int().positive().prefault(500),
  /** Time limit of tries under way when the service stops. */
  drainTimeout: durationSetting.prefault('5s'),
});
export type AlertSettings = z.infer<typeof AlertSettings>;

/** Channels that are in use without being named. */
const DEFAULTS: AlertSettings['channels'] = Object.fromEntries(
  CHANNELS.filter(({ isDefault }) => isDefault).map(({ name }) => [name, ConfiguredChannel.parse({ kind: name })]),
);

/** The channels in use, by name. */
export const channelsOf = ({ channels }: AlertSettings): ReadonlyMap<string, ConfiguredChannel> =>
  new Map(Object.entries({ ...DEFAULTS, ...channels }).filter(([, { enabled }]) => enabled));
