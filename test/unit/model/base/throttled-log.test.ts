import { expect, test } from 'vitest';
import { seconds } from '#model/base/duration.ts';
import { boundLog } from '#model/base/throttled-log.ts';
import { manualClock } from '#test/support/clocks/manual-clock.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';

test('a bounded log says how many lines of an event it left out, and does not touch other events', async () => {
  const [clock, written] = [manualClock(), silentLog()];
  const log = boundLog(written, { clock, unbound: new Set(['alert']) });
  for (let i = 0; i < 100; i += 1) log.error('store away', { i });
  log.error('another', {});
  expect(written.lines).toHaveLength(21);
  await clock.advance(seconds(10));
  log.error('store away', { i: 100 });
  log.error('store away', { i: 101 });
  expect(written.lines.slice(21).map(({ fields }) => fields)).toEqual([{ i: 100, unreported: 80 }, { i: 101 }]);
  for (let i = 0; i < 100; i += 1) log.warn('alert', { i });
  expect(written.lines).toHaveLength(23 + 100);
});
