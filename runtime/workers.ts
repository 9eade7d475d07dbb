import { type LiveFeed, makeLiveFeed } from '#ingest/observe/live-feed.ts';
import { factsOf, stationStates } from '#api/stations/station-state.ts';
import { type Courier, startCourier } from '#commands/dispatcher.ts';
import { openCursorMarks } from '#ingest/cursor-file.ts';
import type { Ground } from './resources.ts';
import { keepSteps } from '#ingest/storing.ts';
import type { Operations } from '#storage/operations/operations.ts';
import type { LatestValue } from '#storage/operations/alerting.ts';
import type { IngestDeps, IngestOptions } from './options.ts';
import { pageOf } from './page-address.ts';
import { type Readers, startReaders } from '#ingest/readers.ts';
import { makeReplayer, type Replayer } from '#ingest/replay/replayer.ts';
import { type Side, startSide } from './board-series.ts';
import { startStateFeed, type StateFeed } from '#state/state-feed.ts';
import { makeStates, type States } from '#state/states.ts';
import { type ClockSkews, recallSkews } from '#monitor/clock-skew.ts';
import { Listening } from '#monitor/availability.ts';
import { latestIn, recallNow } from '#ingest/observe/current-state.ts';
import { amend, type Now } from '#ingest/observe/observe.ts';
import { watchSteps } from '#ingest/alerting.ts';
import type { Alerter } from '#alerter/alerter.ts';
import { startAlerter } from '#alerter/main.ts';
import type { AlertChange } from '#model/alerts/alert.ts';
import type { Clock } from '#model/base/clock.ts';
import { type IsValid, validIn } from '#model/readings/valid.ts';

/** Who takes part in what a batch brings about. */
interface Hearers {
  readonly live: LiveFeed;
  readonly alerter: Alerter;
  readonly courier: Courier;
  readonly replayer: Replayer;
  readonly skews: ClockSkews;
  readonly listening: Listening;
  /** What watch knows of now. */
  readonly now: Now;
  readonly isValid: IsValid;
  /** The states of stations, from what watch knows of now. */
  readonly states: States;
  readonly stateFeed: StateFeed;
  /** Tells of the steps of alerts. */
  readonly onAlerts: (changes: readonly AlertChange[]) => void;
}

/** The two readers at work, and those who hear of each batch. */
export interface AtWork extends Hearers {
  readonly readers: Readers;
}

/** Rules and notification, on the broker's link for the retained states. */
const runAlerter = (
  { operations, link, careful }: Ground,
  { alerts, rules, api }: IngestOptions,
  { clock, log, random }: IngestDeps,
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
  { operations, link, careful }: Ground,
  { ingest }: IngestOptions,
  { clock, log }: IngestDeps,
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
  (operations: Operations, live: LiveFeed, side: Side | undefined) =>
  (changes: readonly AlertChange[]): void => {
    side?.alerts(changes.map(({ alert }) => alert));
    const changed = new Set(changes.map(({ alert }) => alert.id));
    live.alerts([...changed].flatMap((id) => operations.alert(id) ?? []));
  };

/** Tells whoever listens of newest values, and that the states of their stations may have changed. */
const tellLatest = (values: readonly LatestValue[], { live, stateFeed }: Pick<Hearers, 'live' | 'stateFeed'>): void => {
  live.latest(values);
  stateFeed.touched(new Set(values.map(({ station }) => station)));
};

/** Side series, where boards outside Klawing read the store. */
const runSide = (
  { operations, store, telemetry }: Ground,
  skews: ClockSkews,
  { api }: IngestOptions,
  { clock, log }: IngestDeps,
): Side | undefined => {
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

/** The states of stations, and whoever tells of their changes. */
const runStates = (
  { operations }: Ground,
  { live, now, isStoreAway }: { readonly live: LiveFeed; readonly now: Now; readonly isStoreAway: () => boolean },
  { silenceGrace }: IngestOptions['api'],
  { clock }: IngestDeps,
): Pick<Hearers, 'states' | 'stateFeed'> => {
  const known = {
    latestOf: (station: string, device: string) => latestIn(now, station, device),
    presence: now.presence,
    lastSeen: now.seen,
  };
  const states = makeStates({ operations, clock, silenceGrace, isStoreAway, known: () => known });
  const stateFeed = startStateFeed({
    ...{ clock, states },
    stations: () => [...operations.registry().stations.keys()],
    isHeard: () => live.isHeard(),
    publish: (changed) => live.states(changed),
  });
  return { states, stateFeed };
};

/** @param readers known by the time that anything is replayed */
const gather = (
  ground: Ground,
  options: IngestOptions,
  deps: IngestDeps,
  { readers, signal, closing }: { readers: () => Readers; signal: AbortSignal; closing: AsyncDisposableStack },
): Hearers => {
  const { operations, store, reader } = ground;
  const live = makeLiveFeed();
  const alerter = runAlerter(ground, options, deps);
  closing.defer(() => alerter.stop());
  const now = recallNow(operations);
  const isValid = validIn(() => operations.registry());
  const isStoreAway = (): boolean => readers().keep.outage() !== undefined;
  const { states, stateFeed } = runStates(ground, { live, now, isStoreAway }, options.api, deps);
  closing.defer(() => stateFeed.stop());
  const replayer = makeReplayer({
    ...{ clock: deps.clock, operations, store, reader, signal },
    between: (call) => readers().keep.between(call),
    onStored: (readings) => {
      live.readings(readings);
      tellLatest(amend(readings, now, isValid), { live, stateFeed });
    },
  });
  const skews = recallSkews(options.ingest, operations);
  const listening = new Listening(operations, deps.clock, options.ingest);
  const courier = runCourier(ground, options, deps);
  closing.defer(() => courier.stop());
  const side = runSide(ground, skews, options, deps);
  closing.defer(() => side?.stop());
  return {
    live,
    alerter,
    courier,
    replayer,
    skews,
    listening,
    now,
    isValid,
    states,
    stateFeed,
    onAlerts: tellingOf(operations, live, side),
  };
};

const runReaders = (
  { careful, operations, store, reader, link, telemetry }: Ground,
  { live, alerter, courier, replayer, skews, listening, now, isValid, stateFeed, onAlerts }: Hearers,
  { clock, log, random, folder }: IngestDeps,
  signal: AbortSignal,
): Readers =>
  startReaders({
    ...{ clock, log, random, reader, operations },
    marks: openCursorMarks(`${folder.root}/cursors`),
    keepSteps: keepSteps({
      ...{ operations, store, telemetry, careful, signal },
      endReplay: () => replayer.end(),
      onStored: (readings) => live.readings(readings),
    }),
    watchSteps: watchSteps({
      ...{ operations, now, isValid, alerter, onAlerts },
      onLatest: (values) => tellLatest(values, { live, stateFeed }),
      onSettled: (settled) => skews.note(settled),
      onBrokerNew: (at) => {
        courier.brokerIsNew();
        listening.brokerStarted(at);
      },
    }),
    onDamaged: (range) => telemetry.damaged(range),
    passed: (journal, sequence) => link.passed(journal, sequence),
  });

const showGauges = ({ operations, reader, telemetry }: Ground, readers: Readers): void =>
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

/** Starts the readers where they stood, and all that their batches bring about. */
export const startWork = (
  ground: Ground,
  options: IngestOptions,
  deps: IngestDeps,
  closing: AsyncDisposableStack,
): AtWork => {
  const giveUp = new AbortController();
  const hearers = gather(ground, options, deps, { readers: () => readers, signal: giveUp.signal, closing });
  const readers = runReaders(ground, hearers, deps, giveUp.signal);
  closing.defer(() => stopReaders(readers, giveUp, options, deps.clock));
  showGauges(ground, readers);
  return { ...hearers, readers };
};
