import { expect, test } from 'vitest';
import { Registry } from 'prom-client';
import { showGauges } from '#ingest/metrics/gauges.ts';
import type { State } from '#model/registry/state.ts';

const stateOf = (station: string, rank: State['hazard']['rank']): State => ({
  station,
  name: station,
  family: 'river',
  at: '2026-11-24T03:00:00.000Z',
  hazard: { name: null, level: 'siaga', rank, word: { id: 'Siaga', en: 'Alert' }, reason: null, device: null },
  assurance: 'stale',
  system: { state: 'silent', devices: 1, of: 1 },
  value: null,
  devices: [],
});

test('the states of stations are computed once for each report of the figures', async () => {
  const registry = new Registry();
  let states: readonly State[] = [stateOf('PBG-R01', 2), stateOf('PBG-R02', null)];
  let computed = 0;
  showGauges(registry, {
    lag: () => ({ storing: 0, alerting: 0 }),
    synced: () => 0,
    openPackets: () => 0,
    quarantineBytes: () => 0,
    isStoreAway: () => false,
    states: () => {
      computed += 1;
      return states;
    },
  });

  const text = await registry.metrics();
  expect(text).toContain('klawing_ingest_station_hazard{station="PBG-R01",family="river"} 2');
  expect(text).toContain('klawing_ingest_station_hazard{station="PBG-R02",family="river"} Nan');
  expect(text).toContain('klawing_ingest_station_assurance{station="PBG-R01",family="river"} 2');
  expect(text).toContain('klawing_ingest_station_system{station="PBG-R01",family="river"} 3');
  expect(computed).toBe(1);

  states = [stateOf('PBG-R02', 0)];
  expect(await registry.metrics()).not.toContain('PBG-R01');
});
