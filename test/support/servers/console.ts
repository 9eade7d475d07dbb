import { onTestFinished } from 'vitest';
import type { ApiDeps } from '#api/deps.ts';
import type { LatestValue } from '#storage/operations/alerting.ts';
import { type StateFeed, startStateFeed } from '#state/state-feed.ts';
import { knownOf, makeStates } from '#state/states.ts';
import type { Alert } from '#model/alerts/alert.ts';
import { systemClock } from '#model/base/clock.ts';
import { minutes, seconds } from '#model/base/duration.ts';
import { aDevice, aStation, type TestApi, testApi } from './api.ts';
import { MORNING } from '#test/support/builders/readings.ts';

export const aLatest = (given: Partial<LatestValue> = {}): LatestValue => ({
  station: 'ST1',
  device: 'dev-1',
  family: 'air',
  property: 'pm2_5',
  value: 38.5,
  flag: 1,
  observedAt: MORNING - 21_000,
  receivedAt: MORNING - 20_000,
  timedBy: 'device',
  ...given,
});

export const anAlert = (given: Partial<Alert> = {}): Alert => ({
  id: 7,
  rule: 'siaga',
  station: 'PBG-R03',
  device: 'pbg-r03',
  family: 'river',
  property: 'stage',
  severity: 'severe',
  title: { id: 'Siaga banjir', en: 'Flood warning (siaga)' },
  channels: undefined,
  raise: 3.5,
  clear: 3.4,
  state: 'firing',
  value: 3.62,
  observedAt: MORNING - 60_000,
  trend: 'rising',
  anchor: { at: MORNING - 60_000, value: 3.55 },
  since: MORNING - minutes(10).ms,
  firedAt: MORNING - minutes(8).ms,
  resolvedAt: undefined,
  isNotified: true,
  ...given,
});

const COUNTS = {
  received: 1_200,
  processed: 1_150,
  quarantined: 20,
  discarded: 0,
  waiting: 30,
  decoded: 5_750,
  stored: 5_700,
  duplicates: 40,
  refused: 10,
  revised: 3,
  missing: 0,
};

const ledger: ApiDeps['ledger'] = {
  lines: () =>
    Promise.resolve({
      journal: 'j-1',
      through: 1_200,
      balanced: true,
      explanation: '',
      totals: { ...COUNTS, balanced: true },
      lines: [],
    }),
  verify: () => Promise.reject(new Error('the console verifies nothing')),
};

/** An API for a browser, whose stream tells of states as a service does. */
export interface ConsoleApi extends TestApi {
  /** Takes newest values over as watch does. */
  watch(...latest: readonly LatestValue[]): Promise<void>;
}

/** The feed of states, in real time. */
const runFeed = ({ operations, clock, live }: TestApi): StateFeed => {
  const known = () => knownOf(operations);
  const states = makeStates({ operations, clock, known, silenceGrace: seconds(30), isStoreAway: () => false });
  const feed = startStateFeed({
    clock: systemClock,
    states,
    isHeard: () => live.isHeard(),
    stations: () => [...operations.registry().stations.keys()],
    publish: (changed) => live.states(changed),
  });
  onTestFinished(() => feed.stop());
  return feed;
};

/** An API in the morning of its clock, with an air station `ST1`, a river station `PBG-R03` whose alert 7 fires, and values of that moment. */
export const consoleApi = async (
  settings: Readonly<Record<string, unknown>> = {},
  given: Partial<ApiDeps> = {},
): Promise<ConsoleApi> => {
  const api = await testApi(settings, { ledger, ...given }, 'beating');
  const levels = { waspada: 2.5, siaga: 3.5, awas: 4.5 };
  const river = { id: 'PBG-R03', family: 'river', name: 'Klawing – Bancar', lat: -7.39, lon: 109.375 };
  await api.operations.changeRegistry([
    { kind: 'put-station', station: aStation({ ...river, attributes: levels }) },
    { kind: 'put-device', device: aDevice({ id: 'pbg-r03', assignments: [{ station: 'PBG-R03', from: 0 }] }) },
  ]);
  const stage = { station: 'PBG-R03', device: 'pbg-r03', family: 'river', property: 'stage', value: 3.62 };
  let sequence = 1;
  await api.operations.commitAlerted({
    cursor: { journal: 'j-1', sequence },
    latest: [aLatest(), aLatest({ property: 'pm10', value: 61, flag: 3 }), aLatest(stage)],
    presence: [{ device: 'dev-1', state: 'online', since: api.clock.now(), connection: 1 }],
    seen: [
      { device: 'dev-1', receivedAt: api.clock.now() },
      { device: 'pbg-r03', receivedAt: api.clock.now() },
    ],
    alerting: { alerts: [anAlert()], events: [], messages: [] },
  });
  const feed = runFeed(api);
  return {
    ...api,
    watch: async (...latest) => {
      sequence += 1;
      await api.operations.commitAlerted({ cursor: { journal: 'j-1', sequence }, latest, presence: [], seen: [] });
      feed.touched(latest.map(({ station }) => station));
    },
  };
};
