import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { Fault } from '#model/fault.ts';

const Rows = z.array(z.record(z.string(), z.string()));

type Line = Readonly<Record<string, string | boolean>>;

const isTrue = (text: string): boolean | string => (text === 'true' ? true : text === 'false' ? false : text);

/**
 * Lines of a CSV file (RFC 4180) whose first line names the members of a device. Empty cells are members not given.
 * @throws Fault `REQUEST_INVALID` when it cannot be read
 */
export const readDeviceCsv = (path: string): readonly Line[] => {
  try {
    const given: unknown = parse(readFileSync(path, 'utf8'), {
      columns: true,
      bom: true,
      trim: true,
      skipEmptyLines: true,
    });
    return Rows.parse(given).map((row) =>
      Object.fromEntries(
        Object.entries(row)
          .filter(([, text]) => text !== '')
          .map(([name, text]) => [name, name === 'certificate_only' ? isTrue(text) : text]),
      ),
    );
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Fault('REQUEST_INVALID', `${path} cannot be read: ${why}`, { cause });
  }
};
