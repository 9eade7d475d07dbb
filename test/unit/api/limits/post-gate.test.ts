import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makePostGate } from '#api/limits/post-gate.ts';
import type { Post } from '#api/limits/posts-under-way.ts';
import { ApiLimitSettings } from '#api/limits/settings.ts';
import { milliseconds, seconds } from '#model/base/duration.ts';
import { RateSettings } from '#model/limits/rates.ts';
import { manualClock } from '#test/support/clocks/manual-clock.ts';

const started = (limits: Readonly<Record<string, unknown>> = {}, rates: Readonly<Record<string, unknown>> = {}) => {
  const clock = manualClock();
  const seen: string[] = [];
  const gate = makePostGate(ApiLimitSettings.parse(limits), {
    clock,
    rates: RateSettings.parse(rates),
    limited: (limit) => seen.push(limit),
  });
  return { clock, gate, seen };
};

const BYTES = { declared: 10, most: 10 };
const STAYS = new AbortController().signal;

describe('the gate of posts', () => {
  test('lets a device through at its rate over any time, whatever the order of its posts', async () => {
    const law = fc.asyncProperty(fc.array(fc.nat({ max: 300 }), { minLength: 1, maxLength: 60 }), async (pauses) => {
      const { clock, gate } = started({ postsPerDevice: 1_000 }, { messagesPerSecond: 50, burst: '100ms' });
      let through = 0;
      for (const pause of pauses) {
        void gate.enter('a', BYTES, STAYS).then(
          (post) => {
            through += 1;
            post.leave();
          },
          () => undefined,
        );
        await clock.advance(milliseconds(pause));
        expect(through).toBeLessThanOrEqual(5 + 1 + (clock.monotonic() * 50) / 1_000);
      }
      await clock.advance(seconds(6));
      gate.stop();
    });
    await fc.assert(law, { numRuns: 30 });
  });

  test('has its place back after every way out, also where the client goes while it waits', async () => {
    const { clock, gate, seen } = started({ postsPerDevice: 2, posts: 2 }, { messagesPerSecond: 50, burst: '20ms' });
    const gone = new AbortController();
    const first = await gate.enter('a', BYTES, STAYS);
    const second = gate.enter('a', { declared: 0, most: 0 }, gone.signal);
    await clock.advance(milliseconds(0));
    gone.abort();
    // within its one saved-up post it is through at once; behind it, it has gone
    await second.then(
      (post: Post) => post.leave(),
      () => undefined,
    );
    const third = gate.enter('a', BYTES, gone.signal);
    await expect(third).rejects.toThrow('the client has disconnected');
    first.hold();
    first.leave();
    first.leave();
    await clock.advance(seconds(10));
    const both = Promise.all([gate.enter('a', BYTES, STAYS), gate.enter('a', BYTES, STAYS)]);
    await clock.advance(seconds(1));
    const entered = await both;
    expect(seen.includes('posts-per-device')).toBe(false);
    const refused = expect(gate.enter('a', BYTES, STAYS)).rejects.toThrow('2 posts of a are under way');
    await clock.advance(seconds(1));
    await refused;
    for (const post of entered) post.leave();
    gate.stop();
  });

  test('lets nobody wait when the service stops', async () => {
    const { clock, gate } = started({}, { messagesPerSecond: 50, burst: '20ms' });
    const posts = Array.from({ length: 10 }, () => gate.enter('a', BYTES, STAYS));
    const settled = Promise.allSettled(posts);
    await clock.advance(milliseconds(0));
    gate.stop();
    expect((await settled).filter(({ status }) => status === 'rejected').length).toBeGreaterThan(5);
  });
});
