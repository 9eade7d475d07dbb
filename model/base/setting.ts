import { z } from 'zod';
import { parseDuration } from './duration.ts';

const BYTE_UNITS: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};

/** Reads `64MiB`, `2GB`, `512kB` or a bare number of bytes; anything else is undefined. */
export const parseBytes = (text: string): number | undefined => {
  const match = /^(\d+(?:\.\d+)?)\s*(B|kB|MB|GB|KiB|MiB|GiB)?$/.exec(text);
  const unit = BYTE_UNITS[match?.[2] ?? 'B'];
  return match === null || unit === undefined ? undefined : Math.round(Number(match[1]) * unit);
};

/** A setting that is a span of time, written `500ms`, `60s`, `5m`, `1h` or `30d`. */
export const durationSetting = z.string().transform((text, context) => {
  const duration = parseDuration(text);
  if (duration !== undefined) return duration;
  context.addIssue({ code: 'custom', message: `"${text}" is no span of time; write 500ms, 60s, 5m, 1h or 30d` });
  return z.NEVER;
});

/** A setting that is an amount of bytes, written `64MiB`, `2GB` or a bare number. */
export const bytesSetting = z.union([z.string(), z.number()]).transform((given, context) => {
  const bytes = parseBytes(String(given));
  if (bytes !== undefined) return bytes;
  context.addIssue({ code: 'custom', message: `"${given}" is no amount of bytes; write 64MiB, 2GB or a number` });
  return z.NEVER;
});

/** Longest span that a timer of the system takes; a longer one would fire at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** A setting that a timer waits for: a time limit, or an interval. */
export const timerSetting = durationSetting.refine(({ ms }) => ms > 0 && ms <= LONGEST_TIMER, {
  error: 'a time limit or an interval is longer than nothing and 24d at most; write 500ms, 60s, 5m, 1h or 7d',
});

/** An amount of bytes that something has to fit into. */
export const sizeSetting = bytesSetting.refine((bytes) => bytes > 0, {
  error: 'nothing fits into 0 bytes; write 64MiB, 2GB or a number',
});

/** Settings of one part that contradict each other: the one to change, by its key, and the advice. */
export type Contradiction = readonly [key: string, message: string];

/** Adds the contradictions of a part to what is wrong with its settings. */
export const refuseAll =
  <T>(find: (settings: T) => readonly (Contradiction | undefined)[]) =>
  (settings: T, context: z.RefinementCtx): void => {
    for (const found of find(settings)) {
      if (found === undefined) continue;
      const [key, message] = found;
      context.addIssue({ code: 'custom', path: key.split('.'), message });
    }
  };

const HOST_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/;

/** IPv6 may end with the zone of a link-local address. */
const isHost = (host: string): boolean =>
  HOST_NAME.test(host) || z.ipv6().safeParse(host.replace(/%[A-Za-z0-9]+$/, '')).success;

/** An address to listen on: an IP address, or a name without protocol and port. */
export const hostSetting = z.string().refine(isHost, {
  error: 'an address to listen on has neither protocol nor port; write 127.0.0.1, ::1 or 0.0.0.0',
});

/** An address over HTTP. `fetch` refuses one with a user and a password in it. */
export const httpUrlSetting = z
  .url({ protocol: /^https?$/, error: 'an address that begins with http:// or https://' })
  .refine((text) => !URL.canParse(text) || (new URL(text).username === '' && new URL(text).password === ''), {
    error: 'an address has neither user nor password in it; they have settings of their own',
  });

/** A TCP port; 0 lets the system choose a free one, as tests do. */
const PORT = 'a port is a number from 1 to 65535; write 1883';
export const portSetting = z.coerce.number({ error: PORT }).int(PORT).min(0, PORT).max(65_535, PORT);
