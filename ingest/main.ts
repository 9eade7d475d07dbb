import { startApi } from './api/api.ts';
import { type Courier, startCourier } from './commands/courier.ts';
import { makeCommandDesk } from './commands/desk.ts';
import type { Doors } from './api/deps.ts';
import { makeBackup } from './backup/backup.ts';
import { openCursorMarks } from './cursor-marks.ts';
import { type LiveFeed, makeLiveFeed } from './api/live-feed.ts';
import type { ApiSettings } from './api/settings.ts';
import { factsOf, stationStates } from './api/station-state.ts';
import { keepSteps } from './keep.ts';
import { startLedgerThread } from './ledger-thread.ts';
import { makeLedger } from './ledger/ledger.ts';
import type { Operations } from './operations/operations.ts';
import { openSqliteOperations } from './operations/sqlite/sqlite.ts';
import { pageOf } from './page-address.ts';
import { type Readers, startReaders } from './readers.ts';
import { makeReplayer, type Replayer } from './replay/replayer.ts';
import { type BrokerLink, startBrokerLink } from './receive/broker-link.ts';
import { startRetention } from './quarantine/retention.ts';
import type { IngestSettings } from './settings.ts';
import { keptFrom, startStoreRetention } from './store-retention.ts';
import { type Side, startSide } from './side.ts';
import type { Store } from './store/store.ts';
import { type StoreSettings, startStore } from './store/stores/index.ts';
import { makeTelemetry, type Telemetry } from './telemetry.ts';
import { type ClockSkews, recallSkews } from './vigil/clock-skew.ts';
import { Listening } from './vigil/listening.ts';
import { makeSelfCheck } from './vigil/self-check.ts';
import { startVigil, type VigilSettings } from './vigil/vigil.ts';
import { recallNow } from './watch/now.ts';
import { amend, type Now } from './watch/observe.ts';
import { watchSteps } from './watch.ts';
import { startCarefulClock } from '#journal/careful-clock.ts';
import { copyJournal } from '#journal/copy.ts';
import type { JournalReader } from '#journal/journal.ts';
import { lockFolder } from '#journal/lock.ts';
import { openJournalReader } from '#journal/reader.ts';
import type { Alerter } from '#alerter/alerter.ts';
import { startAlerter } from '#alerter/main.ts';
import type { RuleEntry } from '#alerter/rules-file.ts';
import type { AlertSettings } from '#alerter/settings.ts';
import type { AlertChange } from '#model/alert.ts';
import type { Clock } from '#model/clock.ts';
import { isOutage } from '#model/fault.ts';
import { RateSettings } from '#model/limits/rates.ts';
import { socketPath } from '#model/link.ts';
import type { Log } from '#model/log.ts';
import type { Secret } from '#model/secret.ts';

export interface IngestOptions {
  readonly ingest: IngestSettings;
  readonly api: ApiSettings;
  readonly store: StoreSettings;
  readonly alerts: AlertSettings;
  /** Entries of `rules.yaml`. */
  readonly rules: readonly RuleEntry[];
  readonly readToken?: Secret | undefined;
  /** Of the broker: its ports, for boxes that ask where to connect, and its rates. */
  readonly broker?: BrokerPorts;
}

export interface IngestDeps {
  readonly clock: Clock;
  readonly log: Log;
  /** Uniform in [0, 1): jitter of back-offs. */
  readonly random: () => number;
  readonly folder: { readonly root: string; readonly journal: string; readonly operations: string };
  readonly secretKey: Buffer;
  readonly operatorToken: Secret;
  /** Ends the wait for the broker's first journal. */
  readonly signal: AbortSignal;
}

export interface Ingest {
  readonly url: string;
  /** Rejects with the bug that ended a reader; resolves after `stop`. */
  readonly ended: Promise<void>;
  /** Ends the batch under way, then everything. Safe to call twice. */
  stop(): Promise<void>;
}

/** With more entries waiting, keep has no time for removing old readings. */
const QUIET_LAG = 5_000;

/** Settings of the broker that a device needs. */
export interface BrokerPorts {
  readonly mqttPort: number;
  readonly wsPort: number;
  readonly tlsPort: number;
  readonly wssPort: number;
  readonly tls?: unknown;
  /** What a device may send in a second, by whichever door. */
  readonly limits: RateSettings;
}

/** Where there is TLS, a box is sent nowhere else. */
const doorsOf = (broker: BrokerPorts | undefined): Doors => {
  if (broker === undefined) return {};
  const { mqttPort, wsPort, tlsPort, wssPort, tls } = broker;
  return tls === undefined ? { port: mqttPort, ws_port: wsPort } : { tls_port: tlsPort, wss_port: wssPort };
};

/** The broker makes the journal at its first start; ingest may be quicker. Undefined when the signal came first. */
const awaitJournal = async ({ clock, folder, log, signal }: IngestDeps): Promise<JournalReader | undefined> => {
  while (!signal.aborted) {
    try {
      return await openJournalReader(folder.journal, { clock });
    } catch (error) {
      if (!isOutage(error)) throw error;
      log.info('waiting for the broker to make its journal', { folder: folder.journal });
    }
  }
  return undefined;
};

interface Parts {
  readonly operations: Operations;
  readonly store: Store;
  readonly reader: JournalReader;
  readonly link: BrokerLink;
  readonly live: LiveFeed;
  readonly alerter: Alerter;
  readonly replayer: Replayer;
  readonly skews: ClockSkews;
  readonly listening: Listening;
  readonly courier: Courier;
  /** What watch knows of now. */
  readonly now: Now;
}

interface ReadersOptions {
  readonly telemetry: Telemetry;
  /** Gives up what is under way in the store. */
  readonly signal: AbortSignal;
  readonly onAlerts: (changes: readonly AlertChange[]) => void;
}

const runReaders = (parts: Parts, deps: IngestDeps, { telemetry, signal, onAlerts }: ReadersOptions): Readers => {
  const { operations, store, reader, link, live, alerter, replayer, skews, listening, courier, now } = parts;
  const readers = startReaders({
    clock: deps.clock,
    log: deps.log,
    random: deps.random,
    reader,
    operations,
    marks: openCursorMarks(`${deps.folder.root}/cursors`),
    keepSteps: keepSteps({
      ...{ operations, store, telemetry, signal },
      endReplay: () => replayer.end(),
      onStored: (readings) => live.readings(readings),
    }),
    watchSteps: watchSteps({
      ...{ operations, now, alerter, onAlerts },
      onLatest: (values) => live.latest(values),
      onSettled: (settled) => skews.note(settled),
      onBrokerNew: (at) => {
        courier.brokerIsNew();
        listening.brokerStarted(at);
      },
    }),
    onDamaged: (range) => telemetry.damaged(range),
    passed: (journal, sequence) => link.passed(journal, sequence),
  });
  telemetry.watchGauges({
    lag: () => ({
      keep: reader.synced() - readers.keep.cursor().sequence,
      watch: reader.synced() - readers.watch.cursor().sequence,
    }),
    synced: () => reader.synced(),
    openPackets: () => operations.openPackets(),
    quarantineBytes: () => operations.quarantineBytes(),
    isStoreAway: () => readers.keep.outage() !== undefined,
  });
  return readers;
};

/** Rules and notification, on the broker's link for the retained states. */
const runAlerter = (
  { operations, link }: Pick<Parts, 'operations' | 'link'>,
  { alerts, rules, api }: IngestOptions,
  { clock, careful, log, random }: IngestDeps & { readonly careful: Clock },
): Alerter =>
  startAlerter(alerts, {
    clock,
    careful,
    log,
    random,
    rules,
    rows: operations,
    link: alerts.link ?? pageOf(api),
    publish: (topic, payload, retain, signal) => link.publish({ topic, payload, qos: 1, retain }, signal),
  });

/** Commands and configs, on the broker's link. */
const runCourier = (
  { operations, link }: Pick<Parts, 'operations' | 'link'>,
  { ingest }: IngestOptions,
  { clock, careful, log }: IngestDeps & { readonly careful: Clock },
): Courier =>
  startCourier(ingest, {
    ...{ clock, careful, log, rows: operations },
    link: {
      publish: (topic, payload, retain, signal) => link.publish({ topic, payload, qos: 1, retain }, signal),
      withdraw: (topic, signal) => link.withdraw(topic, signal),
    },
  });

/** Tells whoever listens of the steps of alerts: the live stream, and boards that read the store. */
const tellingOf =
  ({ operations, live }: Parts, side: Side | undefined) =>
  (changes: readonly AlertChange[]): void => {
    side?.alerts(changes.map(({ alert }) => alert));
    const changed = new Set(changes.map(({ alert }) => alert.id));
    live.alerts([...changed].flatMap((id) => operations.alert(id) ?? []));
  };

const vigilSettings = ({ ingest, api }: IngestOptions): VigilSettings => ({
  lookEvery: ingest.lookEvery,
  silenceGrace: api.silenceGrace,
  limits: { behind: ingest.behindLimit, quarantined: ingest.quarantineLimit },
});

/** Side series, where boards outside Klawing read the store. */
const runSide = (
  { operations, store, skews }: Parts,
  telemetry: Telemetry,
  { api }: IngestOptions,
  deps: IngestDeps,
) => {
  const { clock, log } = deps;
  if (store.sideSeries === undefined) return undefined;
  return startSide({
    clock,
    log,
    series: store.sideSeries,
    revision: () => operations.registry().revision,
    stations: () => stationStates(factsOf({ operations, skews, clock }, api.silenceGrace)),
    figures: () => telemetry.figures(),
  });
};

/** Lets the batch under way end; after the grace its calls to the store are given up and the next run repeats it. */
const stopReaders = async (
  readers: Readers,
  giveUp: AbortController,
  options: IngestOptions,
  clock: Clock,
): Promise<void> => {
  const grace = clock.after(options.ingest.drainTimeout, () => giveUp.abort());
  await readers.stop();
  grace.stop();
};

/**
 * Starts everything behind the journal: pipeline, store, ledger, API and page. Undefined when it was asked to end
 * before there was a journal.
 * @throws Fault `DATA_LOCKED` when another ingest uses the folder, and those of store, operations and API
 */
export const startIngest = async (options: IngestOptions, deps: IngestDeps): Promise<Ingest | undefined> => {
  const { clock, log, folder } = deps;
  const lock = lockFolder(folder.root, 'DATA_LOCKED');
  const closing: (() => Promise<void> | void)[] = [() => lock.release()];
  const close = async (): Promise<void> => {
    for (const call of closing.splice(0).reverse()) await call();
  };
  try {
    const careful = startCarefulClock(folder.root, { clock, log });
    closing.push(() => careful.stop());
    const operations = openSqliteOperations(folder.operations);
    closing.push(() => operations.stop());
    const reader = await awaitJournal(deps);
    if (reader === undefined) {
      await close();
      return undefined;
    }
    closing.push(() => reader.stop());
    const store = await startStore(options.store, { clock, log, folder: folder.root });
    closing.push(() => store.stop());
    const timeout = options.ingest.brokerTimeout;
    const link = startBrokerLink({ socketPath: socketPath(folder.root), timeout, maxCalls: 512 }, { clock });
    closing.push(() => link.stop());
    const live = makeLiveFeed();
    const alerter = runAlerter({ operations, link }, options, { ...deps, careful });
    closing.push(() => alerter.stop());
    const telemetry = makeTelemetry(log);
    const giveUp = new AbortController();
    const now = recallNow(operations);
    const replayer = makeReplayer({
      ...{ clock, operations, store, reader, signal: giveUp.signal },
      between: (call) => readers.keep.between(call),
      onStored: (readings) => {
        live.readings(readings);
        live.latest(amend(readings, now));
      },
    });
    const skews = recallSkews(options.ingest, operations);
    const listening = new Listening(operations, clock, options.ingest);
    const courier = runCourier({ operations, link }, options, { ...deps, careful });
    closing.push(() => courier.stop());
    const parts = {
      operations,
      store,
      reader,
      link,
      live,
      alerter,
      replayer,
      skews,
      listening,
      courier,
      now,
    };
    const side = runSide(parts, telemetry, options, deps);
    closing.push(() => side?.stop());
    const onAlerts = tellingOf(parts, side);
    const readers = runReaders(parts, deps, { telemetry, signal: giveUp.signal, onAlerts });
    closing.push(() => stopReaders(readers, giveUp, options, clock));
    const isSuspected = operations.standingAlerts().some(({ rule }) => rule === 'ledger-unverified');
    const selfCheck = makeSelfCheck(options.ingest, { clock, log, figures: telemetry.ledger, isSuspected });
    const counting = startLedgerThread(
      { journal: folder.journal, socketPath: socketPath(folder.root), timeout },
      { log },
    );
    closing.push(() => counting.stop());
    const ledger = makeLedger({
      ...{ operations, store, journal: reader.id, arrivals: counting.count },
      between: (call) => readers.keep.between(call),
      keptFrom: keptFrom(options.store.retention, clock),
      onVerified: (verification, fromHour) => selfCheck.verified(verification, fromHour),
    });
    const api = await startApi(options.api, {
      clock,
      log,
      operations,
      store,
      link,
      live,
      ledger,
      skews,
      replayer,
      backup: makeBackup({
        ...{ clock, folder, operations, store, copyJournal },
        between: (call) => readers.keep.between(call),
        untrimmed: (call) => readers.untrimmed(call),
      }),
      pipeline: {
        state: () => ({
          keep: readers.keep.cursor(),
          watch: readers.watch.cursor(),
          storeOutage: readers.keep.outage(),
        }),
      },
      secretKey: deps.secretKey,
      operatorToken: deps.operatorToken,
      ...(options.readToken === undefined ? {} : { readToken: options.readToken }),
      doors: doorsOf(options.broker),
      rates: options.broker?.limits ?? RateSettings.parse({}),
      channels: alerter,
      commands: makeCommandDesk({
        ...{ clock, rows: operations },
        onCommand: () => courier.commanded(),
        onConfig: ({ device }) => courier.configured(device),
      }),
      metrics: async () => (await telemetry.text()) + (await alerter.metrics()),
    });
    closing.push(() => api.stop());
    const vigil = startVigil(vigilSettings(options), {
      ...{ clock, log, operations, readers, link, alerter, ledger, selfCheck, skews, listening, onAlerts },
      figures: telemetry.fleet,
      known: parts.now,
      synced: () => reader.synced(),
    });
    closing.push(() => vigil.stop());
    const retention = startRetention(
      { keepClosed: options.ingest.keepClosedQuarantine },
      { clock: careful, operations, log },
    );
    closing.push(() => retention.stop());
    const isQuiet = (): boolean =>
      readers.keep.outage() === undefined && reader.synced() - readers.keep.cursor().sequence < QUIET_LAG;
    const storeRetention = startStoreRetention(options.store.retention, { clock: careful, log, store, isQuiet });
    closing.push(() => storeRetention.stop());
    const parted = [readers, alerter, vigil, retention, storeRetention, courier];
    const ended = Promise.all(parted.map((part) => part.ended)).then(() => undefined);
    return { url: api.url, ended, stop: close };
  } catch (error) {
    await close();
    throw error;
  }
};
