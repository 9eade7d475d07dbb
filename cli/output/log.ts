import { type DestinationStream, type Logger, type LoggerOptions, destination, pino } from 'pino';
import pretty from 'pino-pretty';
import { printable } from './printable.ts';
import type { Log, LogFields } from '#model/base/log.ts';

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
  /** Which part writes: stands in every line. */
  readonly part: string;
  /** Lines for people, as on a terminal; otherwise one JSON object a line. */
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

/** Writes lines of JSON with every unsafe character escaped, whether a client, a device or an error put it there. */
const makeStream = (isPretty: boolean): DestinationStream => {
  const sink = destination({ dest: 2, sync: true });
  const write = (line: string): void => {
    const safe = printable(line);
    sink.write(isPretty ? forPeople(escapedTwice(safe)) : safe);
  };
  return { write };
};

/** Writes log lines to standard error, so that what a verb prints stays clean. */
export const makeLog = ({ level, part, isPretty }: LogOptions): Log => {
  const options: LoggerOptions = {
    level,
    base: { part },
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { error: pino.stdSerializers.err },
  };
  return shape(pino(options, makeStream(isPretty)));
};
