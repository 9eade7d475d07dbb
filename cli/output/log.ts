import { type DestinationStream, type Logger, type LoggerOptions, destination, pino } from 'pino';
import pretty from 'pino-pretty';
import { systemClock } from '#model/base/clock.ts';
import { printable } from '#model/base/printable.ts';
import type { Log, LogFields } from '#model/base/log.ts';
import { boundLog } from '#model/base/throttled-log.ts';

const shape = (logger: Logger): Log => {
  const at =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (event: string, fields: LogFields = {}): void => {
      logger[level](fields, event);
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
};

export interface LogOptions {
  readonly level: string;
  /** Name of the part, written in every line. */
  readonly part: string;
  /** True for readable lines, as on a terminal; otherwise each line is one JSON object. */
  readonly isPretty: boolean;
}

/** An escape in a line of JSON; the group matches when its character is unsafe for a terminal. */
const ESCAPE = /\\(?:(u[\da-f]{4}|[bfr])|.)/gi;

/** Doubles the backslash of unsafe escapes, so that they survive one JSON.parse as text. */
const escapedTwice = (line: string): string =>
  line.replace(ESCAPE, (escape, unsafe: string | undefined) => (unsafe === undefined ? escape : `\\${escape}`));

const forPeople = pretty.prettyFactory({
  ignore: 'part',
  messageFormat: '{part}: {msg}',
  translateTime: 'HH:MM:ss',
});

/** Writes lines of JSON and escapes every unsafe character, from whatever source. */
const makeStream = (isPretty: boolean): DestinationStream => {
  const sink = destination({ dest: 2, sync: true });
  const write = (line: string): void => {
    const safe = printable(line);
    sink.write(isPretty ? forPeople(escapedTwice(safe)) : safe);
  };
  return { write };
};

/** Messages of the channel `log`: each is an alert. */
const UNBOUND: ReadonlySet<string> = new Set(['alert']);

/**
 * Writes log lines to standard error; standard output is for the results of a verb. An event that repeats writes a bounded number of
 * lines.
 */
export const makeLog = ({ level, part, isPretty }: LogOptions): Log => {
  const options: LoggerOptions = {
    level,
    base: { part },
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { error: pino.stdSerializers.err },
  };
  return boundLog(shape(pino(options, makeStream(isPretty))), { clock: systemClock, unbound: UNBOUND });
};
