import { type Client, makeClient } from './client.ts';
import { openDataFolder, operatorToken, secretKey } from './data-folder.ts';
import { makeLog } from './log.ts';
import type { Settings } from './settings.ts';
import { startIngestAtRest } from '#ingest/at-rest.ts';
import { startJournalWriter } from '#journal/writer.ts';
import { systemClock } from '#model/clock.ts';
import { Fault } from '#model/fault.ts';
import { z } from 'zod';

/** An address that listens everywhere is reached on loopback. */
const reachable = (host: string): string => {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
};

/** Where the running service of these settings would be reached. */
export const apiUrl = ({ api }: Settings): string => `http://${reachable(api.host)}:${api.port}`;

/** The running service of these settings, whether or not it is there. */
export const runningService = (settings: Settings): Client =>
  makeClient(apiUrl(settings), operatorToken(openDataFolder(settings.data)));

const isRunning = async (client: Client): Promise<boolean> => {
  try {
    await client.get('/healthz', z.unknown());
    return true;
  } catch (error) {
    if (error instanceof Fault && error.code === 'SERVICE_STOPPED') return false;
    throw error;
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
    const service = await startIngestAtRest(settings, deps);
    try {
      return await call(makeClient(service.url, token));
    } finally {
      await service.stop();
    }
  } finally {
    await journal.stop();
  }
};

/** Calls the API: of the running service, or from the files when nothing runs. */
export const withService = async <T>(settings: Settings, call: (client: Client) => Promise<T>): Promise<T> => {
  const client = runningService(settings);
  return (await isRunning(client)) ? call(client) : atRest(settings, call);
};
