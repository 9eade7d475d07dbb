/** A span of time. Never a bare number, so that seconds and milliseconds cannot be mistaken for each other. */
export interface Duration {
  readonly ms: number;
}

export const milliseconds = (count: number): Duration => ({ ms: count });
export const seconds = (count: number): Duration => ({ ms: count * 1_000 });
export const minutes = (count: number): Duration => ({ ms: count * 60_000 });
export const hours = (count: number): Duration => ({ ms: count * 3_600_000 });
export const days = (count: number): Duration => ({ ms: count * 86_400_000 });

const UNITS: Readonly<Record<string, (count: number) => Duration>> = {
  ms: milliseconds,
  s: seconds,
  m: minutes,
  min: minutes,
  h: hours,
  d: days,
};

/** The texts that `parseDuration` reads. */
export const DURATION_TEXT = String.raw`^\d+(\.\d+)?(ms|s|min|m|h|d)$`;

/** Reads `500ms`, `60s`, `5m`, `1h`, `30d`; anything else is undefined. */
export const parseDuration = (text: string): Duration | undefined => {
  const match = /^(\d+(?:\.\d+)?)(ms|s|min|m|h|d)$/.exec(text);
  const unit = UNITS[match?.[2] ?? ''];
  return unit === undefined ? undefined : unit(Number(match?.[1]));
};

/** The texts that `parseShift` reads. */
export const SHIFT_TEXT = DURATION_TEXT.replace('^', '^[+-]?');

/** Reads a span that may point back, such as `-7h`; anything else is undefined. */
export const parseShift = (text: string): Duration | undefined => {
  const span = parseDuration(text.replace(/^[+-]/, ''));
  return span === undefined || !text.startsWith('-') ? span : { ms: -span.ms };
};

/** Writes a span in its largest whole unit: `60s` becomes `1m`, `90s` stays. */
export const formatDuration = ({ ms }: Duration): string => {
  if (ms % 86_400_000 === 0 && ms > 0) return `${ms / 86_400_000}d`;
  if (ms % 3_600_000 === 0 && ms > 0) return `${ms / 3_600_000}h`;
  if (ms % 60_000 === 0 && ms > 0) return `${ms / 60_000}m`;
  return ms % 1_000 === 0 ? `${ms / 1_000}s` : `${ms}ms`;
};
