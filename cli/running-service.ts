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

/** An address that listens everywhere is reached on loopback. */
const reachable = (host: string): string => {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
};

/** Where a service that listens as told is reached from this machine. */
export const reachableUrl = (host: string, url: string): string => `http://${reachable(host)}:${new URL(url).port}`;

/** Where the running service of these settings would be reached. */
export const apiUrl = ({ api }: Settings): string => `http://${reachable(api.host)}:${api.port}`;

/** The running service of these settings, whether or not it is there. */
export const runningService = (settings: Settings): Client =>
  makeClient(apiUrl(settings), operatorToken(openDataFolder(settings.data)));

/** Where it may be reached: as it noted itself, and by these settings. A note that a kill has left leads nowhere. */
const placesOf = (settings: Settings): ReadonlySet<string> => {
  const noted = readApiFile(dataFolderAt(settings.data).api);
  return new Set([...(noted === undefined ? [] : [noted.url]), apiUrl(settings)]);
};

/** How long a service may take to say that it is there. */
const PATIENCE_MS = 10_000;

const Alive = z.object({ status: z.literal('alive') });

/** Whether Klawing answers there; asked without the token, for it may be any program. */
const isRunning = async (url: string): Promise<boolean> => {
  try {
    const answer = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(PATIENCE_MS) });
    return Alive.safeParse(await answer.json()).success;
  } catch {
    return false;
  }
};

/** Serves the same API from the files, on a port of its own, for as long as one call takes. */
const atRest = async <T>(settings: Settings, call: (client: Client) => Promise<T>): Promise<T> => {
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

/** A folder that is in use by what does not answer: nothing is to be stopped for the sake of a question. */
const inUse = (error: unknown, { data }: Settings, places: ReadonlySet<string>): unknown => {
  if (!(error instanceof Fault) || (error.code !== 'JOURNAL_LOCKED' && error.code !== 'DATA_LOCKED')) return error;
  const where = [...places].join(' and ');
  const whatToDo = 'try again in a few seconds: it is starting or stopping, or another verb is at work';
  return new Fault(error.code, `${data} is in use, and no service answers at ${where}; ${whatToDo}`, { cause: error });
};

/** Calls the API: of the running service, or from the files when nothing runs. */
export const withService = async <T>(settings: Settings, call: (client: Client) => Promise<T>): Promise<T> => {
  const token = operatorToken(openDataFolder(settings.data));
  const places = placesOf(settings);
  for (const url of places) {
    if (await isRunning(url)) return call(makeClient(url, token));
  }
  try {
    return await atRest(settings, call);
  } catch (error) {
    throw inUse(error, settings, places);
  }
};
