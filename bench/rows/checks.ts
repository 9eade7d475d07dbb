import { type Figure, ofRounds, type RowResult } from '#bench/report/figure.ts';
import type { Bench, Row } from '#bench/row.ts';
import { Qualifier } from '#ingest/qualify/qualifier.ts';
import { BatchBuilder } from '#ingest/validate/batch-builder.ts';
import type { Batch } from '#ingest/batch.ts';
import type { Series } from '#model/readings/columns.ts';
import { DEVICE } from '#model/readings/columns.ts';
import type { QualityVersion } from '#model/quality/quality-versions.ts';
import type { Registry } from '#model/registry/registry.ts';

const DEVICES = 100;
const PROPERTIES = ['pm2_5', 'pm10', 'temperature', 'relative_humidity', 'pressure'];
const MIDDLE = [28, 43, 26, 82, 1_006];
/** Observations of each device in a batch. */
const OBSERVATIONS = 40;
const BATCHES = 20;
const ROUNDS = 7;
const EVERY_MS = 5_000;
const BEGIN = Date.UTC(2026, 10, 24);

const registry: Registry = {
  revision: 1,
  stations: new Map(
    Array.from({ length: DEVICES }, (_, i) => [
      `ST${i}`,
      { id: `ST${i}`, family: 'air', name: '', lat: -7.4, lon: 109.3, attributes: {} },
    ]),
  ),
  devices: new Map(),
  gateways: new Map(),
  profiles: new Map(),
};

const SERIES: readonly (readonly Series[])[] = Array.from({ length: DEVICES }, (_, i) =>
  PROPERTIES.map((property) => ({ station: `ST${i}`, device: `dev-${i}`, family: 'air', property })),
);

/** A batch as the generator of the other rows sends it: each device in turn, one step of time after the other. */
const batchAt = (number: number): Batch => {
  const entries = DEVICES * OBSERVATIONS;
  const builder = new BatchBuilder(entries);
  for (let i = 0; i < entries; i += 1) {
    const step = number * OBSERVATIONS + Math.floor(i / DEVICES);
    const series = SERIES[i % DEVICES] ?? [];
    builder.begin(series.map((one) => ({ series: one, step: `/${one.property}` })));
    for (const [slot, middle] of MIDDLE.entries()) builder.add(slot, middle + Math.sin(step / 50 + i) / 2);
    const at = BEGIN + step * EVERY_MS;
    builder.end({ observedAt: at, receivedAt: at, sequence: i + 1, timedBy: DEVICE, id: undefined, place: '' });
  }
  return builder.batch({ journal: 'j', from: 1, to: entries, entries: [], registry });
};

const NO_VERSIONS: readonly QualityVersion[] = [];

/** Processor time of both readers for a value of the batches, in microseconds. */
const round = (batches: readonly Batch[]): number => {
  const readers = [new Qualifier(() => NO_VERSIONS), new Qualifier(() => NO_VERSIONS)];
  const before = process.cpuUsage();
  for (const batch of batches) {
    for (const reader of readers) reader.committed(reader.changesOf(reader.batch(batch).readings).courses);
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / (batches.length * DEVICES * OBSERVATIONS * PROPERTIES.length);
};

const measure = async ({ rounds = ROUNDS, say }: Bench): Promise<RowResult> => {
  const micros: number[] = [];
  for (let i = -2; i < rounds; i += 1) {
    // batches are looked at once for both readers, so each round has its own
    const spent = round(Array.from({ length: BATCHES }, (_, number) => batchAt(number)));
    if (i >= 0) micros.push(spent);
    say(`${spent.toFixed(3)} µs a value`);
  }
  const figures: Figure[] = [
    ofRounds('processor time of all tests, both readers', 'µs/value', micros, { atMost: 0.5 }),
  ];
  return {
    row: 'checks',
    setting: `${DEVICES} devices of air, ${PROPERTIES.length} values, ${OBSERVATIONS} observations of each in a batch, in one process`,
    figures,
    notes: [],
  };
};

export const checks: Row = { name: 'checks', title: 'the quality tests of ingest, for each value', measure };
