import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type UplinkBatch, createBuffer } from '#firmware-sim/device/buffer.ts';

/** Model of the buffer in plain arrays: waiting readings, readings under way, and two counts. */
interface Model {
  waiting: number[];
  batches: number[][];
  acknowledged: number;
  dropped: number;
}

const sizeOf = (model: Model): number => model.waiting.length + model.batches.flat().length;

const actions = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('push' as const) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('take' as const), limit: fc.integer({ min: 1, max: 5 }) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('acknowledge' as const), which: fc.nat(3) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('release' as const) }) },
  ),
  { maxLength: 200 },
);

describe('the store-and-forward buffer', () => {
  test('agrees with plain arrays under any order of pushes, takes, acknowledgements and lost connections', () => {
    fc.assert(
      // oxlint-disable-next-line complexity -- the model of the buffer stands in one place
      fc.property(fc.integer({ min: 1, max: 12 }), actions, (capacity, steps) => {
        const buffer = createBuffer<number>(capacity);
        const model: Model = { waiting: [], batches: [], acknowledged: 0, dropped: 0 };
        let taken: UplinkBatch<number>[] = [];
        let next = 0;
        for (const step of steps) {
          if (step.kind === 'push') {
            const isFull = sizeOf(model) >= capacity;
            if (isFull) model.dropped += 1;
            if (!isFull || model.waiting.length > 0) model.waiting.push(next);
            if (isFull) model.waiting.shift();
            buffer.push(next);
            next += 1;
          } else if (step.kind === 'take') {
            const expected = model.waiting.splice(0, step.limit);
            const batch = buffer.take(step.limit);
            expect(batch?.items ?? []).toEqual(expected);
            if (batch !== undefined) {
              model.batches.push(expected);
              taken.push(batch);
            }
          } else if (step.kind === 'acknowledge') {
            const batch = taken[step.which];
            if (batch === undefined) continue;
            model.acknowledged += batch.items.length;
            model.batches.splice(step.which, 1);
            taken = taken.filter((each) => each !== batch);
            buffer.acknowledge(batch);
          } else {
            model.waiting = [...model.batches.flat(), ...model.waiting];
            model.batches = [];
            taken = [];
            buffer.release();
          }
          expect(buffer.size).toBe(sizeOf(model));
          expect(buffer.waiting).toBe(model.waiting.length);
          expect(buffer.inFlight).toBe(model.batches.length);
          expect(buffer.acknowledged).toBe(model.acknowledged);
          expect(buffer.dropped).toBe(model.dropped);
          expect(buffer.acknowledged + buffer.size + buffer.dropped).toBe(next);
        }
      }),
    );
  });

  test('counts an acknowledgement once, and not at all after the batch was released', () => {
    const buffer = createBuffer<string>(10);
    buffer.push('a');
    const first = buffer.take(1);
    if (first === undefined) throw new Error('nothing was taken');
    buffer.release();
    buffer.acknowledge(first);
    expect(buffer.acknowledged).toBe(0);
    const again = buffer.take(1);
    if (again === undefined) throw new Error('nothing was taken');
    buffer.acknowledge(again);
    buffer.acknowledge(again);
    expect(buffer.acknowledged).toBe(1);
    expect(buffer.size).toBe(0);
  });

  test('stays in order over thousands of items', () => {
    const buffer = createBuffer<number>(5_000);
    const seen: number[] = [];
    for (let n = 0; n < 20_000; n += 1) {
      buffer.push(n);
      if (n % 3 === 2) {
        const batch = buffer.take(3);
        if (batch === undefined) continue;
        seen.push(...batch.items);
        buffer.acknowledge(batch);
      }
    }
    expect(seen).toEqual(Array.from({ length: seen.length }, (_, i) => i));
    expect(buffer.size).toBe(20_000 - seen.length);
  });
});
