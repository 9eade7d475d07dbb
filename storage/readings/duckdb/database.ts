import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { Fault } from '#model/base/fault.ts';
import type { DuckDbSettings } from './settings.ts';
import { cancelled, toFault } from './faults.ts';
import { RowAppender } from './append.ts';
import { migrate } from './schema.ts';
import { SeriesIds } from './series-ids.ts';

/** The connection that writes and looks up, with the numbers of series and journals that its file holds. */
export interface DatabaseSession {
  readonly connection: DuckDBConnection;
  readonly ids: SeriesIds;
  readonly rows: RowAppender;
}

interface Opened {
  readonly instance: DuckDBInstance;
  session: DatabaseSession | undefined;
}

/** After such an error DuckDB refuses every further statement until the file is opened again. */
const FATAL = /FATAL|invalidated/;

const startSession = async (instance: DuckDBInstance): Promise<DatabaseSession> => {
  const connection = await instance.connect();
  const ids = await SeriesIds.load(connection);
  return { connection, ids, rows: await RowAppender.create(connection) };
};

const open = async (path: string, settings: DuckDbSettings): Promise<Opened> => {
  const instance = await DuckDBInstance.create(path, {
    memory_limit: `${settings.memoryLimit}B`,
    threads: String(settings.threads),
    checkpoint_threshold: `${settings.checkpointThreshold}B`,
  });
  try {
    const connection = await instance.connect();
    await migrate(connection, path);
    connection.disconnectSync();
    return { instance, session: await startSession(instance) };
  } catch (error) {
    instance.closeSync();
    throw error;
  }
};

/** The file, opened once and again after it has failed: DuckDB refuses a database that met an I/O error until then. */
export class Database {
  readonly path: string;
  readonly #settings: DuckDbSettings;
  readonly #readers = new Map<DuckDBConnection, Promise<void>>();
  #opened: Promise<Opened> | undefined;
  #lane: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(path: string, settings: DuckDbSettings) {
    this.path = path;
    this.#settings = settings;
  }

  /** @throws Fault `DATA_LOCKED`, `DATA_NEWER`, `STORE_FAILED` */
  async open(): Promise<void> {
    await this.#guard(() => this.#current());
  }

  /** Runs one piece of work after the other on the writing connection; a failed piece leaves no trace. */
  async write<T>(signal: AbortSignal, work: (session: DatabaseSession) => Promise<T>): Promise<T> {
    const run = this.#lane.then(() =>
      this.#guard(async () => {
        const opened = await this.#current();
        const session = (opened.session ??= await startSession(opened.instance));
        try {
          return await this.#interruptible(session.connection, signal, () => work(session));
        } catch (error) {
          this.#recover(opened, error);
          throw error;
        }
      }),
    );
    this.#lane = run.catch(() => undefined);
    return run;
  }

  /** Runs one query on a connection of its own, beside the writer and other readers. */
  async read<T>(signal: AbortSignal, work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    return this.#guard(async () => {
      const connection = await (await this.#current()).instance.connect();
      const run = this.#interruptible(connection, signal, () => work(connection));
      const done = run.then(
        () => connection.disconnectSync(),
        () => connection.disconnectSync(),
      );
      this.#readers.set(connection, done);
      try {
        const result = await run;
        // an interrupt that came between two statements stopped neither
        if (signal.aborted) throw cancelled(this.path, signal);
        return result;
      } finally {
        await done;
        this.#readers.delete(connection);
      }
    });
  }

  /** Waits for the writer, cuts readers off, works the log into the file and lets go of it. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#lane;
    const opened = await this.#opened?.catch(() => undefined);
    await opened?.session?.connection.run('CHECKPOINT').catch(() => undefined);
    this.#close();
    await this.#closing;
  }

  #current(): Promise<Opened> {
    if (this.#opened !== undefined) return this.#opened;
    if (this.#isStopped) throw new Fault('STORE_FAILED', `${this.path} was closed`, { retry: true });
    const opening = this.#closing.then(() => open(this.path, this.#settings));
    this.#opened = opening;
    opening.catch(() => {
      if (this.#opened === opening) this.#opened = undefined;
    });
    return opening;
  }

  /** Disconnecting rolls back; the next piece of work starts with a new session, or with the file opened anew. */
  #recover(opened: Opened, error: unknown): void {
    if (error instanceof Error && FATAL.test(error.message)) {
      this.#close();
      return;
    }
    opened.session?.connection.disconnectSync();
    opened.session = undefined;
  }

  #close(): void {
    const opened = this.#opened;
    this.#opened = undefined;
    if (opened === undefined) return;
    const close = async (): Promise<void> => {
      const { instance, session } = await opened;
      for (const reader of this.#readers.keys()) reader.interrupt();
      await Promise.all(this.#readers.values());
      session?.connection.disconnectSync();
      instance.closeSync();
    };
    this.#closing = close().catch(() => undefined);
  }

  async #interruptible<T>(connection: DuckDBConnection, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    if (signal.aborted) throw cancelled(this.path, signal);
    const interrupt = (): void => connection.interrupt();
    signal.addEventListener('abort', interrupt, { once: true });
    try {
      return await work();
    } finally {
      signal.removeEventListener('abort', interrupt);
    }
  }

  async #guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw toFault(error, this.path);
    }
  }
}
