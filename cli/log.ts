import { type Logger, type LoggerOptions, destination, pino } from 'pino';
import pretty from 'pino-pretty';
import type { Log, LogFields } from '#model/log.ts';

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

/** Writes log lines to standard error, so that what a verb prints stays clean. */
export const makeLog = ({ level, part, isPretty }: LogOptions): Log => {
  const options: LoggerOptions = {
    level,
    base: { part },
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { error: pino.stdSerializers.err },
  };
  const stream = isPretty
    ? pretty({ destination: 2, sync: true, ignore: 'part', messageFormat: '{part}: {msg}', translateTime: 'HH:MM:ss' })
    : destination({ dest: 2, sync: true });
  return shape(pino(options, stream));
};
