import { Fault } from '#model/base/fault.ts';

interface Meaning {
  /** False where waiting does not help. */
  readonly retry: boolean;
  readonly whatToDo: (path: string) => string;
}

const HELD: Meaning = {
  retry: true,
  whatToDo: (path) => `end the program that has it open beside Klawing ("fuser ${path}" names it)`,
};
const AWAY: Meaning = {
  retry: true,
  whatToDo: () => 'check the disk of the data folder, and that the user of Klawing may read and write there',
};
const FULL: Meaning = {
  retry: true,
  whatToDo: () => 'the disk of the data folder is full: free some of it, and delete nothing in the folder itself',
};
const DAMAGED: Meaning = {
  retry: false,
  whatToDo: () => 'the file is damaged: stop Klawing, and restore a backup of the whole data folder (docs/backup.md)',
};

/**
 * SQLite's result codes (sqlite.org/rescode.html) that no program can help: primary ones, and before them extended ones
 * that mean something else than their primary. Any other is a bug.
 */
const MEANINGS: ReadonlyMap<number, Meaning> = new Map([
  [3, AWAY], // PERM
  [5, HELD], // BUSY
  [6, HELD], // LOCKED
  [8, AWAY], // READONLY
  [10, AWAY], // IOERR
  [11, DAMAGED], // CORRUPT
  [13, FULL],
  [14, AWAY], // CANTOPEN
  [26, DAMAGED], // NOTADB
  [8_202, DAMAGED], // IOERR_DATA: a checksum of a page does not match
  [8_458, DAMAGED], // IOERR_CORRUPTFS: the file system found its own damage
]);

const meaningOf = (error: unknown): Meaning | undefined => {
  if (!(error instanceof Error && 'errcode' in error && typeof error.errcode === 'number')) return undefined;
  return MEANINGS.get(error.errcode) ?? MEANINGS.get(error.errcode & 0xff);
};

/** Turns what SQLite throws about a file into the fault `OPERATIONS_FAILED`; a bug stays what it was. */
export const toFault = (error: unknown, path: string): unknown => {
  const meaning = meaningOf(error);
  if (meaning === undefined || !(error instanceof Error)) return error;
  const { retry, whatToDo } = meaning;
  return new Fault('OPERATIONS_FAILED', `${path}: ${error.message}; ${whatToDo(path)}`, { cause: error, retry });
};

function* eachOf(rows: Iterator<unknown> & Iterable<unknown>, path: string): Generator<unknown> {
  try {
    yield* rows;
  } catch (error) {
    throw toFault(error, path);
  }
}

const outcomeOf = (result: unknown, path: string): unknown => {
  if (result instanceof Iterator) return eachOf(result, path);
  if (!(result instanceof Promise)) return result;
  return result.catch((error: unknown) => {
    throw toFault(error, path);
  });
};

type DatabaseCall = (...args: readonly unknown[]) => unknown;

/** The same calls; what SQLite throws in one of them, or while its rows are read, is a fault that names the file. */
export const faulting = <Rows extends object>(rows: Rows, path: string): Rows => {
  const calls = new Map<PropertyKey, DatabaseCall>();
  const callTo = (name: PropertyKey, call: DatabaseCall): DatabaseCall => {
    const known = calls.get(name);
    if (known !== undefined) return known;
    const made: DatabaseCall = (...args) => {
      try {
        return outcomeOf(call(...args), path);
      } catch (error) {
        throw toFault(error, path);
      }
    };
    calls.set(name, made);
    return made;
  };
  return new Proxy(rows, {
    get: (target, name): unknown => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return callTo(name, (...args) => Reflect.apply(member, target, args));
    },
  });
};
