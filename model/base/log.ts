export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Where a part tells what happened: an event's name in words, and its facts as fields. Never a secret, never a payload.
 * `cli/output/log.ts` is the one that writes; tests collect.
 */
export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}
