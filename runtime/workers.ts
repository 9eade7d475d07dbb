// oxlint-disable max-lines -- all workers of ingest, wired at one place
import { type AirIndices, startAirIndices } from '#state/air-index.ts';
import { type LiveFeed, makeLiveFeed } from '#ingest/observe/live-feed.ts';
import { stationStates } from '#api/stations/document.ts';
import { factsOf } from '#state/overview.ts';
import { type CommandDispatcher, startDispatcher } from '#commands/dispatcher.ts';
import { openCursorFile } from '#ingest/cursor-file.ts';
import type { Resources } from './resources.ts';
import { storingSteps } from '#ingest/storing.ts';
import type { ReaderName } from '#storage/operations/reader-name.ts';
import type { QualityVersion } from '#model/quality/quality-versions.ts';
import { Qualifier } from '#ingest/qualify/qualifier.ts';
import type { Operations } from '#storage/operations/operations.ts';
import type { LatestValue } from '#storage/operations/alerting.ts';
import { alertLink, type IngestDeps, type IngestOptions } from './options.ts';
import { type Readers, startReaders } from '#ingest/readers.ts';
import { makeReplayer, type Replayer } from '#ingest/replay/replayer.ts';
import { type BoardSeries, startBoardSeries } from './board-series.ts';
import { startStateFeed, type StateFeed } from '#state/state-feed.ts';
import { startStateTopics, type StateTopics } from '#state/state-topics.ts';
import { makeStates, type States } from '#state/states.ts';
import { type ClockSkews, loadClockSkews } from '#monitor/clock-skew.ts';
import { RefusedVersions } from '#monitor/refused-versions.ts';
import { Takeovers } from '#monitor/takeovers.ts';
import { Availability } from '#monitor/availability.ts';
import { latestIn, loadCurrentState } from '#ingest/observe/current-state.ts';
import { applyReplayed, type CurrentState } from '#ingest/observe/observe.ts';
import { alertingSteps } from '#ingest/alerting.ts';
import type { Alerter } from '#alerter/alerter.ts';
import { startAlerter } from '#alerter/main.ts';
import type { AlertChange } from '#model/alerts/alert.ts';
import type { Clock } from '#model/base/clock.ts';
import { columnsOf } from '#model/readings/columns.ts';
import { type IsValid, validIn } from '#model/readings/valid.ts';

/** Parts that each batch of the readers is given to. */
interface BatchListeners {
  readonly live: LiveFeed;
  readonly alerter: Alerter;
  readonly dispatcher: CommandDispatcher;
  readonly replayer: Replayer;
  readonly skews: ClockSkews;
  readonly versions: RefusedVersions;
  readonly takeovers: Takeovers;
  readonly availability: Availability;
  /** Newest values, presence and times, as the alerting reader knows them. */
  readonly current: CurrentState;
  readonly isValid: IsValid;
  /** What the quality tests know, by reader. */
  readonly qualifiers: Readonly<Record<ReaderName, Qualifier>>;
  /** States of stations, computed from the above. */
  readonly states: States;
  readonly stateFeed: StateFeed;
  readonly stateTopics: StateTopics;
  /** Publishes steps of alerts. */
  readonly onAlerts: (changes: readonly AlertChange[]) => void;
}

/** The two readers and their listeners. */
export interface Workers extends BatchListeners {
  readonly readers: Readers;
}

/** Rules and notification. Retained alert states go out through the broker client. */
const runAlerter = (
  { operations, broker, trustedClock }: Resources,
  options: IngestOptions,
  { clock, log, random }: IngestDeps,
): Alerter =>
  startAlerter(options.alerts, {
    clock,
    trustedClock,
    log,
    random,
    rules: options.rules,
    rows: operations,
    link: alertLink(options),
    publish: (topic, payload, retain, signal) => broker.publish({ topic, payload, qos: 1, retain }, signal),
  });

/** Commands and configs, sent through the broker client. */
const runDispatcher = (
  { operations, broker, trustedClock }: Resources,
  { ingest }: IngestOptions,
  { clock, log }: IngestDeps,
): CommandDispatcher =>
  startDispatcher(ingest, {
    clock,
    trustedClock,
    log,
    rows: operations,
    link: {
      publish: (topic, payload, retain, signal) => broker.publish({ topic, payload, qos: 1, retain }, signal),
      withdraw: (topic, signal) => broker.withdraw(topic, signal),
    },
  });

/** Sends steps of alerts to the live stream and to the board series. */
const alertPublisher =
  (operations: Operations, live: LiveFeed, boardSeries: BoardSeries | undefined) =>
  (changes: readonly AlertChange[]): void => {
    boardSeries?.alerts(changes.map(({ alert }) => alert));
    const changed = new Set(changes.map(({ alert }) => alert.id));
    live.alerts([...changed].flatMap((id) => operations.alert(id) ?? []));
  };

/** Sends newest values to the live stream, and marks the states of their stations for a check. */
const publishLatest = (
  values: readonly LatestValue[],
  { live, stateFeed }: Pick<BatchListeners, 'live' | 'stateFeed'>,
): void => {
  live.latest(values);
  stateFeed.touched(new Set(values.map(({ station }) => station)));
};

/** Board series, where the store is read by boards outside Klawing. */
const runBoardSeries = (
  { operations, store, metrics }: Resources,
  { skews, versions, states }: Pick<BatchListeners, 'skews' | 'versions' | 'states'>,
  { api }: IngestOptions,
  { clock, log }: IngestDeps,
): BoardSeries | undefined => {
  if (store.boardSeries === undefined) return undefined;
  return startBoardSeries({
    clock,
    log,
    series: store.boardSeries,
    revision: () => operations.registry().revision,
    stations: () => stationStates(factsOf({ operations, skews, versions, clock }, api.silenceGrace)),
    states: () => states.all(),
    figures: () => metrics.figures(),
  });
};

/** The retained states of stations, sent through the broker client. */
const runStateTopics = ({ operations, broker }: Resources, { clock, log }: IngestDeps): StateTopics =>
  startStateTopics({
    clock,
    log,
    stations: () => operations.registry().stations.keys(),
    measured: () => operations.latest().map(({ station }) => station),
    publish: (topic, payload, signal) => broker.publish({ topic, payload, qos: 1, retain: true }, signal),
  });

/** States of stations, and the feed of their changes to the stream and to MQTT. */
const runStates = (
  resources: Resources,
  {
    live,
    current,
    isStoreAway,
    airIndices,
  }: {
    readonly live: LiveFeed;
    readonly current: CurrentState;
    readonly isStoreAway: () => boolean;
    readonly airIndices: AirIndices;
  },
  { silenceGrace }: IngestOptions['api'],
  deps: IngestDeps,
): Pick<BatchListeners, 'states' | 'stateFeed' | 'stateTopics'> => {
  const { operations } = resources;
  const { clock } = deps;
  const known = {
    latestOf: (station: string, device: string) => latestIn(current, station, device),
    presence: current.presence,
    lastSeen: current.seen,
  };
  const states = makeStates({ operations, clock, silenceGrace, isStoreAway, known: () => known, airIndices });
  const stateTopics = runStateTopics(resources, deps);
  const stateFeed = startStateFeed({
    clock,
    states,
    stations: () => [...operations.registry().stations.keys()],
    isHeard: () => live.isHeard(),
    publish: (changed) => {
      live.states(changed);
      stateTopics.changed(changed);
    },
  });
  return { states, stateFeed, stateTopics };
};

/** What the quality tests of both readers know, as of their last committed batches. */
const qualifiersOf = (operations: Operations, versions: readonly QualityVersion[]): BatchListeners['qualifiers'] => {
  const of = (reader: ReaderName): Qualifier => new Qualifier(() => versions, operations.seriesCourses(reader));
  return { storing: of('storing'), alerting: of('alerting') };
};

/** @param readers known before the first replay */
const startListeners = (
  resources: Resources,
  options: IngestOptions,
  deps: IngestDeps,
  { readers, signal, closing }: { readers: () => Readers; signal: AbortSignal; closing: AsyncDisposableStack },
): BatchListeners => {
  const { operations, store, reader } = resources;
  const live = makeLiveFeed();
  const alerter = runAlerter(resources, options, deps);
  closing.defer(() => alerter.stop());
  const current = loadCurrentState(operations);
  const isValid = validIn(() => operations.registry());
  const isStoreAway = (): boolean => readers().storing.outage() !== undefined;
  const airIndices = startAirIndices({ operations, store, ...deps, signal });
  closing.defer(() => airIndices.stop());
  const sources = { live, current, isStoreAway, airIndices };
  const { states, stateFeed, stateTopics } = runStates(resources, sources, options.api, deps);
  closing.defer(() => stateTopics.stop());
  closing.defer(() => stateFeed.stop());
  const replayer = makeReplayer({
    clock: deps.clock,
    operations,
    store,
    reader,
    signal,
    between: (call) => readers().storing.between(call),
    onStored: (readings) => {
      live.readings(columnsOf(readings));
      publishLatest(applyReplayed(readings, current, isValid), {
        live,
        stateFeed,
      });
    },
  });
  const skews = loadClockSkews(options.ingest, operations);
  const versions = new RefusedVersions();
  const takeovers = new Takeovers(deps.clock.now());
  const availability = new Availability(operations, deps.clock, options.ingest);
  const dispatcher = runDispatcher(resources, options, deps);
  closing.defer(() => dispatcher.stop());
  const boardSeries = runBoardSeries(resources, { skews, versions, states }, options, deps);
  closing.defer(() => boardSeries?.stop());
  return {
    live,
    alerter,
    dispatcher,
    replayer,
    skews,
    versions,
    takeovers,
    availability,
    current,
    isValid,
    qualifiers: qualifiersOf(operations, options.quality),
    states,
    stateFeed,
    stateTopics,
    onAlerts: alertPublisher(operations, live, boardSeries),
  };
};

// oxlint-disable-next-line max-lines-per-function -- the two readers with all of their parts
const runReaders = (
  { trustedClock, operations, store, reader, broker, metrics }: Resources,
  {
    live,
    alerter,
    dispatcher,
    replayer,
    skews,
    takeovers,
    availability,
    current,
    isValid,
    qualifiers,
    stateFeed,
    stateTopics,
    onAlerts,
  }: BatchListeners,
  { clock, log, random, folder }: IngestDeps,
  signal: AbortSignal,
): Readers =>
  startReaders({
    clock,
    log,
    random,
    reader,
    operations,
    cursorFile: openCursorFile(`${folder.root}/cursors`),
    storingSteps: storingSteps({
      operations,
      store,
      metrics,
      trustedClock,
      signal,
      qualifier: qualifiers.storing,
      endReplay: () => replayer.end(),
      onStored: (readings) => live.readings(readings),
    }),
    alertingSteps: alertingSteps({
      operations,
      current,
      isValid,
      qualifier: qualifiers.alerting,
      alerter,
      onAlerts,
      onLatest: (values) =>
        publishLatest(values, {
          live,
          stateFeed,
        }),
      onCommitted: (batch) => {
        skews.note(batch);
        takeovers.note(batch.entries);
      },
      onBrokerNew: (at) => {
        dispatcher.brokerIsNew();
        stateTopics.brokerIsNew();
        availability.brokerStarted(at);
      },
    }),
    onDamaged: (range) => metrics.damaged(range),
    untilGrown: async (after, signal) => {
      await broker.synced(after, signal);
    },
    passed: (journal, sequence) => broker.passed(journal, sequence),
  });

const publishGauges = (
  { operations, reader, metrics }: Resources,
  { readers, states }: Pick<Workers, 'readers' | 'states'>,
): void =>
  metrics.watchGauges({
    lag: () => ({
      storing: reader.synced() - readers.storing.cursor().sequence,
      alerting: reader.synced() - readers.alerting.cursor().sequence,
    }),
    synced: () => reader.synced(),
    openPackets: () => operations.openPackets(),
    quarantineBytes: () => operations.quarantineBytes(),
    isStoreAway: () => readers.storing.outage() !== undefined,
    states: () => states.all(),
  });

/** Finishes the current batch. After the grace period its calls to the store are aborted, and the next run repeats it. */
const stopReaders = async (
  readers: Readers,
  abort: AbortController,
  options: IngestOptions,
  clock: Clock,
): Promise<void> => {
  const grace = clock.after(options.ingest.drainTimeout, () => abort.abort());
  await readers.stop();
  grace.stop();
};

/** Starts the two readers at their cursors, and their listeners. */
export const startWorkers = (
  resources: Resources,
  options: IngestOptions,
  deps: IngestDeps,
  closing: AsyncDisposableStack,
): Workers => {
  const abort = new AbortController();
  const listeners = startListeners(resources, options, deps, { readers: () => readers, signal: abort.signal, closing });
  const readers = runReaders(resources, listeners, deps, abort.signal);
  closing.defer(() => stopReaders(readers, abort, options, deps.clock));
  publishGauges(resources, { readers, states: listeners.states });
  return { ...listeners, readers };
};
