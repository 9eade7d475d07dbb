import { expect, test } from 'vitest';
import type { Classified } from '#ingest/batch.ts';
import { type AlertingSteps, type StoringSteps, alertOnRun, storeRun } from '#ingest/pipeline.ts';
import { aRun, batchOf } from '#test/support/builders/runs.ts';
import { columnsOf } from '#model/readings/columns.ts';

/** Steps that do nothing but note their names: the pipeline looks into nothing that they give. */
const noting = (taken: string[]) => {
  const step =
    <T>(name: string, gives: T) =>
    (): T => {
      taken.push(name);
      return gives;
    };
  const readings = columnsOf([]);
  const batch = { ...batchOf(aRun([]), []), readings };
  const classified: Classified = {
    readings,
    classifications: new Map(),
    superseded: new Set(),
    lookedUp: [],
    isRepeat: false,
    newestTimes: [],
    identified: [],
  };
  const both = { decode: step('decode', { run: aRun([]), each: () => undefined }), validate: step('validate', batch) };
  const record = step('record', Promise.resolve());
  const storing: StoringSteps = {
    ...both,
    dedupe: step('dedupe', Promise.resolve(classified)),
    qualify: step('qualify', classified),
    store: step('store', Promise.resolve({ rejected: new Map() })),
    record,
  };
  const alerting: AlertingSteps = {
    ...both,
    dedupe: step('dedupe', batch),
    qualify: step('qualify', batch),
    observe: step('observe', { latest: [], presence: [], seen: [] }),
    evaluate: step('evaluate', { changes: [], alerts: [], series: [] }),
    notify: step('notify', { alerts: [], events: [], messages: [] }),
    record,
  };
  return { storing, alerting };
};

test('the storing reader takes its steps in this order', async () => {
  const taken: string[] = [];
  await storeRun(aRun([]), noting(taken).storing);
  expect(taken.join(', ')).toBe('decode, validate, dedupe, qualify, store, record');
});

test('the alerting reader takes its steps in this order', async () => {
  const taken: string[] = [];
  await alertOnRun(aRun([]), noting(taken).alerting);
  expect(taken.join(', ')).toBe('decode, validate, dedupe, qualify, observe, evaluate, notify, record');
});
