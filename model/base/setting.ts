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

/** A TCP port; 0 lets the system choose a free one, as tests do. */
export const portSetting = z.coerce.number().int().min(0).max(65_535);
