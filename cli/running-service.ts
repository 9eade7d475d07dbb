import { readApiFile } from './api-file.ts';
import { type Client, makeClient } from './client.ts';
import { dataFolderAt, openDataFolder, operatorToken, secretKey } from '#runtime/data-folder.ts';
import { makeLog } from './output/log.ts';
import type { Settings } from './settings.ts';
import { startOffline } from '#runtime/offline.ts';
import { startJournalWriter } from '#journal/write/writer.ts';
import { systemClock } from '#model/base/clock.ts';
import { Fault } from '#model/base/fault.ts';
import { z } from 'zod';

/** Host for a connection from this machine: a wildcard address is reached on loopback. */
const reachable = (host: string): string => {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
};

/** Address of a listening service for a connection from this machine. */
export const reachableUrl = (host: string, url: string): string => `http://${reachable(host)}:${new URL(url).port}`;

/** Address of the running service, by the settings. */
export const apiUrl = ({ api }: Settings): string => `http://${reachable(api.host)}:${api.port}`;

/** Client of the running service, by the settings; the service need not run. */
export const runningService = (settings: Settings): Client =>
  makeClient(apiUrl(settings), operatorToken(openDataFolder(settings.data)));

/** Possible addresses: from the note in the data folder, which may be outdated after a kill, and from the settings. */
const placesOf = (settings: Settings): ReadonlySet<string> => {
  const noted = readApiFile(dataFolderAt(settings.data).api);
  return new Set([...(noted === undefined ? [] : [noted.url]), apiUrl(settings)]);
};

/** Time for a service to answer the health check. */
const PATIENCE_MS = 10_000;

const Alive = z.object({ status: z.literal('alive') });

/** Tells whether Klawing answers at an address. The token is not sent, because any program may listen there. */
const isRunning = async (url: string): Promise<boolean> => {
  try {
    const answer = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(PATIENCE_MS) });
    return Alive.safeParse(await answer.json()).success;
  } catch {
    return false;
  }
};

/** Serves the API from the files, on a free port, for the duration of one call. */
const offline = async <T>(settings: Settings, call: (client: Client) => Promise<T>): Promise<T> => {
  const folder = openDataFolder(settings.data);
  const token = operatorToken(folder);
  const log = makeLog({ level: 'error', part: 'klawing', isPretty: true });
  const clock = systemClock;
  const journal = await startJournalWriter(folder.journal, settings.journal, { clock, log });
  try {
    const deps = { clock, log, folder, secretKey: secretKey(folder), operatorToken: token, journal };
    const service = await startOffline(settings, deps);
    try {
      return await call(makeClient(service.url, token));
    } finally {
      await service.stop();
    }
  } finally {
    await journal.stop();
  }
};

/** Explains a locked folder whose service does not answer. The service is left alone. */
const inUse = (error: unknown, { data }: Settings, places: ReadonlySet<string>): unknown => {
  if (!(error instanceof Fault) || (error.code !== 'JOURNAL_LOCKED' && error.code !== 'DATA_LOCKED')) return error;
  const where = [...places].join(' and ');
  const advice = 'try again in a few seconds: it is starting or stopping, or another verb is at work';
  return new Fault(error.code, `${data} is in use, and no service answers at ${where}; ${advice}`, { cause: error });
};

/** Calls the API of the running service, or of the files when no service runs. */
export const withService = async <T>(settings: Settings, call: (client: Client) => Promise<T>): Promise<T> => {
  const token = operatorToken(openDataFolder(settings.data));
  const places = placesOf(settings);
  for (const url of places) {
    if (await isRunning(url)) return call(makeClient(url, token));
  }
  try {
    return await offline(settings, call);
  } catch (error) {
    throw inUse(error, settings, places);
  }
};
