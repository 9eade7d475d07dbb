import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { isMark, snakeCase } from '#model/base/document.ts';
import { Fault } from '#model/base/fault.ts';
import { DeviceSettings } from '#model/registry/device.ts';

const Rows = z.array(z.object({ record: z.record(z.string(), z.string()), info: z.object({ lines: z.number() }) }));

/** A device of the file, and its last line. */
export interface DeviceLine {
  readonly line: number;
  readonly device: Readonly<Record<string, string | boolean>>;
}

/** Columns that hold true or false. */
const MARKS = new Set(
  Object.entries(DeviceSettings.shape).flatMap(([name, member]) => (isMark(member) ? [snakeCase(name)] : [])),
);

const isTrue = (text: string): boolean | string => (text === 'true' ? true : text === 'false' ? false : text);

/**
 * Devices of a CSV file (RFC 4180). Its first line names the members of a device; an empty cell leaves a member out.
 * @throws Fault `REQUEST_INVALID` when it cannot be read or holds no device
 */
export const readDeviceCsv = (path: string): readonly DeviceLine[] => {
  const lines = readLines(path);
  if (lines.length > 0) return lines;
  const shape = 'the first line names the columns, such as "id,station,every", and each further one is a device';
  throw new Fault('REQUEST_INVALID', `${path} names no device: ${shape}`);
};

const readLines = (path: string): readonly DeviceLine[] => {
  try {
    const given: unknown = parse(readFileSync(path, 'utf8'), {
      columns: true,
      bom: true,
      trim: true,
      skipEmptyLines: true,
      info: true,
    });
    return Rows.parse(given).map(({ record, info }) => ({
      line: info.lines,
      device: Object.fromEntries(
        Object.entries(record)
          .filter(([, text]) => text !== '')
          .map(([name, text]) => [name, MARKS.has(name) ? isTrue(text) : text]),
      ),
    }));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Fault('REQUEST_INVALID', `${path} cannot be read: ${why}`, { cause });
  }
};
