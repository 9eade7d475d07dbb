import { type AtWork, startWork } from './workers.ts';
import { type Ground, openGround } from './resources.ts';
import type { IngestDeps, IngestOptions } from './options.ts';
import { startForgettingMoved } from '#ingest/dedupe/forget-moved.ts';
import { startRetention } from '#ingest/quarantine/retention.ts';
import { type Serving, startServing } from './http.ts';
import { startStoreRetention } from '#storage/readings/retention.ts';
import { startVigil, type VigilSettings } from '#monitor/monitor.ts';
import type { Repeated } from '#model/base/periodic.ts';

export interface Ingest {
  readonly url: string;
  /** Rejects with the bug that ended a reader; resolves after `stop`. */
  readonly ended: Promise<void>;
  /** Ends the batch under way, then everything. Safe to call twice. */
  stop(): Promise<void>;
}

/** With more entries waiting, keep has no time for removing old readings. */
const QUIET_LAG = 5_000;

const vigilSettings = ({ ingest, api }: IngestOptions): VigilSettings => ({
  lookEvery: ingest.lookEvery,
  silenceGrace: api.silenceGrace,
  limits: { behind: ingest.behindLimit, quarantined: ingest.quarantineLimit },
});

/** Starts what looks after everything from time to time: silence and outages, and the removal of what is old. */
const startRounds = (
  ground: Ground,
  work: AtWork,
  { ledger, selfCheck }: Serving,
  { options, deps }: { readonly options: IngestOptions; readonly deps: IngestDeps },
): readonly Repeated[] => {
  const { clock, log } = deps;
  const { careful, operations, store, reader, link, telemetry } = ground;
  const { readers, alerter, skews, listening, now, onAlerts } = work;
  const isQuiet = (): boolean =>
    readers.keep.outage() === undefined && reader.synced() - readers.keep.cursor().sequence < QUIET_LAG;
  return [
    startVigil(vigilSettings(options), {
      careful,
      ...{ clock, log, operations, readers, link, alerter, ledger, selfCheck, skews, listening, onAlerts },
      known: now,
      figures: telemetry.fleet,
      synced: () => reader.synced(),
    }),
    startRetention({ keepClosed: options.ingest.keepClosedQuarantine }, { clock: careful, operations, log }),
    startForgettingMoved({ clock, reader, operations }),
    startStoreRetention(options.store.retention, { clock: careful, log, store, operations, isQuiet }),
  ];
};

/**
 * Starts everything behind the journal: pipeline, store, ledger, API and page. Undefined when it was asked to end
 * before there was a journal.
 * @throws Fault `DATA_LOCKED` when another ingest uses the folder, and those of store, operations and API
 */
export const startIngest = async (options: IngestOptions, deps: IngestDeps): Promise<Ingest | undefined> => {
  await using closing = new AsyncDisposableStack();
  const ground = await openGround(options, deps, closing);
  if (ground === undefined) return undefined;
  const work = startWork(ground, options, deps, closing);
  const serving = await startServing(ground, work, options, { deps, closing });
  const rounds = startRounds(ground, work, serving, { options, deps });
  for (const round of rounds) closing.defer(() => round.stop());
  const ended = Promise.all([work.readers, work.alerter, work.courier, ...rounds].map((part) => part.ended));
  const running = closing.move();
  return { url: serving.api.url, ended: ended.then(() => undefined), stop: () => running.disposeAsync() };
};
