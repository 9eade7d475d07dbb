import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stderr } from 'node:process';
import { z } from 'zod';
import { atEnd, atFailure } from '#test/support/processes/at-end.ts';
import { eventually } from '#test/support/eventually.ts';
import { WAIT } from '#test/support/limits.ts';
import { freePort } from './free-port.ts';
import { type Ending, type Klawing, type Outcome, childrenOf, runKlawing, startKlawing } from './klawing.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

/** `up` is broker and ingest, supervised; the others are each alone. */
export type Part = 'up' | 'broker' | 'ingest' | 'sim';

export interface ServiceOptions {
  readonly parts?: readonly Part[];
  /** `KLAWING_*`, over those that the harness sets. */
  readonly env?: Readonly<Record<string, string>>;
  /** Text of a `klawing.yaml`. */
  readonly config?: string;
  /** Data folder; one in a temp folder otherwise. */
  readonly data?: string;
  /** Arguments behind `up`. */
  readonly upWith?: readonly string[];
  /** Another tree than the one of the tests. */
  readonly tree?: string;
}

/** Klawing as real processes on free ports with a data folder of their own; everything ends with the running test. */
export interface Service {
  readonly url: string;
  readonly ports: { readonly mqtt: number; readonly ws: number; readonly http: number; readonly https: number };
  readonly data: string;
  readonly operatorToken: () => string;
  /** Starts a part and gives it; does not wait until it is ready. */
  readonly start: (part: Part) => Klawing;
  readonly running: (part: Part) => Klawing;
  /** Process id of a part that `up` started. */
  readonly pidUnderUp: (part: 'broker' | 'ingest' | 'sim') => number | undefined;
  /** Sends a signal and waits for the end. */
  readonly kill: (part: Part, signal: NodeJS.Signals) => Promise<Ending>;
  /** Until `/readyz` says that everything works. */
  readonly ready: () => Promise<void>;
  /** SIGTERM to every part that runs, the broker last; gives how each ended. */
  readonly stop: () => Promise<ReadonlyMap<Part, Ending>>;
  /** Runs a verb with the same settings. */
  readonly cli: (...args: readonly string[]) => Promise<Outcome>;
  readonly get: (path: string, headers?: Readonly<Record<string, string>>) => Promise<Response>;
  /** As the operator. */
  readonly post: (path: string, body: unknown) => Promise<Response>;
  readonly addStation: (id: string, family: string) => Promise<void>;
  /** Gives the secret. */
  readonly addDevice: (id: string, station: string) => Promise<string>;
}

/** Of the log, when a test has failed. */
const LINES_SHOWN = 60;

const within = async <T>(promise: Promise<T>, what: string): Promise<T> => {
  const signal = AbortSignal.timeout(WAIT.ms);
  const late = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error(`${what} did not end within ${WAIT.ms} ms`)));
  });
  return Promise.race([promise, late]);
};

const showLog = (started: readonly { readonly part: Part; readonly process: Klawing }[]): void => {
  for (const { part, process } of started.slice(-4)) {
    const lines = process.err().trimEnd().split('\n').slice(-LINES_SHOWN);
    stderr.write(`── ${part} (pid ${process.pid}, ${process.state()}), the end of its log ──\n${lines.join('\n')}\n`);
  }
};

export const testService = async (options: ServiceOptions = {}): Promise<Service> => {
  const folder = tempFolder();
  const ports = { mqtt: await freePort(), ws: await freePort(), http: await freePort(), https: await freePort() };
  const data = options.data ?? join(folder, 'data');
  const url = `http://127.0.0.1:${ports.http}`;
  const env = {
    KLAWING_DATA: data,
    KLAWING_MQTT_PORT: String(ports.mqtt),
    KLAWING_WS_PORT: String(ports.ws),
    KLAWING_HTTP_PORT: String(ports.http),
    KLAWING_HTTPS_PORT: String(ports.https),
    ...options.env,
  };
  if (options.config !== undefined) {
    mkdirSync(join(folder, 'config'));
    writeFileSync(join(folder, 'config', 'klawing.yaml'), options.config);
  }
  let started: { part: Part; process: Klawing }[] = [];
  const parts = new Map<Part, Klawing>();
  const where = { env, folder, tree: options.tree };
  atEnd(async () => {
    await Promise.all(started.map(({ process }) => process.destroy()));
  });
  atFailure(() => showLog(started));

  const start = (part: Part): Klawing => {
    const process = startKlawing(part === 'up' ? ['up', ...(options.upWith ?? [])] : [part], where);
    // of a part that is killed a thousand times only the last few ends are of interest, and its number may be another's now
    const ended = started.filter((before) => before.part === part && part !== 'up' && !before.process.isRunning());
    started = started.filter((before) => !ended.includes(before) || before === ended.at(-1));
    started.push({ part, process });
    parts.set(part, process);
    return process;
  };
  const running = (part: Part): Klawing => {
    const process = parts.get(part);
    if (process === undefined) throw new Error(`${part} was not started`);
    return process;
  };
  const kill = async (part: Part, signal: NodeJS.Signals): Promise<Ending> => {
    const process = running(part);
    process.signal(signal);
    return within(process.ended, part);
  };
  const operatorToken = (): string => readFileSync(join(data, 'operator.token'), 'utf8').trim();
  const get: Service['get'] = (path, headers = {}) =>
    fetch(`${url}${path}`, { headers, signal: AbortSignal.timeout(WAIT.ms) });
  const post: Service['post'] = (path, body) =>
    fetch(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${operatorToken()}` },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(WAIT.ms),
    });
  const posted = async (path: string, body: unknown): Promise<unknown> => {
    const answer = await post(path, body);
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
    return answer.json();
  };

  for (const part of options.parts ?? ['up']) start(part);
  return {
    url,
    ports,
    data,
    operatorToken,
    start,
    running,
    kill,
    get,
    post,
    pidUnderUp: (part) =>
      childrenOf(running('up').pid).find(({ command }) => command.trimEnd().endsWith(` ${part}`))?.pid,
    ready: () =>
      eventually(async () => {
        const answer = await get('/readyz');
        if (answer.status !== 200) throw new Error(`/readyz answers ${answer.status}: ${await answer.text()}`);
      }),
    stop: async () => {
      const endings = new Map<Part, Ending>();
      for (const part of ['sim', 'up', 'ingest', 'broker'] as const) {
        if (parts.get(part)?.isRunning() === true) endings.set(part, await kill(part, 'SIGTERM'));
      }
      return endings;
    },
    cli: (...args) => runKlawing(args, where),
    addStation: async (id, family) => {
      await posted('/v1/stations', { id, family, name: id, lat: -7.39, lon: 109.36, attributes: {} });
    },
    addDevice: async (id, station) =>
      z.object({ secret: z.string() }).parse(await posted('/v1/devices', { id, station })).secret,
  };
};
