import { describe, expect, test } from 'vitest';
import { days, minutes } from '#model/base/duration.ts';
import { type RefusalEvent, RecentRefusals } from '#model/limits/recent-refusals.ts';
import { manualClock } from '#test/support/clocks/manual-clock.ts';

const from = (given: Partial<RefusalEvent>): RefusalEvent => ({
  cause: 'secret',
  name: 'river-01',
  isProven: false,
  isRegistered: true,
  address: '192.0.2.1',
  ...given,
});

const stranger = (name: string, address = '198.51.100.9'): RefusalEvent =>
  from({ cause: 'unregistered', name, address, isRegistered: false });

const recent = () => {
  const clock = manualClock();
  return { clock, refusals: new RecentRefusals(() => clock.now()) };
};

describe('recent refusals', () => {
  test('count equal ones together, with the time of the first and of the last', async () => {
    const { clock, refusals } = recent();
    const start = clock.now();
    refusals.note(from({ detail: 'first' }));
    await clock.advance(minutes(5));
    refusals.note(from({ detail: 'second' }));
    expect(refusals.all()).toMatchObject([
      { cause: 'secret', name: 'river-01', count: 2, firstAt: start, at: start + minutes(5).ms, detail: 'second' },
    ]);
  });

  test('keep those of a device under a flood of other names, and a bounded number in all', () => {
    const { refusals } = recent();
    refusals.note(from({}));
    refusals.note(from({ cause: 'topic', isProven: true }));
    refusals.note(stranger('rievr-01', '192.0.2.1'));
    for (let i = 0; i < 20_000; i += 1) refusals.note(stranger(`name-${i}`));
    expect(refusals.all()).toHaveLength(2 + 1 + 50);
    for (let i = 0; i < 20_000; i += 1) refusals.note(stranger(`name-${i}`, `10.0.${i % 200}.${Math.floor(i / 200)}`));
    const kept = refusals.all();
    expect(kept.length).toBeLessThanOrEqual(2 + 1_000);
    expect(kept.filter(({ registered }) => registered).map(({ cause }) => cause)).toEqual(['secret', 'topic']);
  });

  test('keep what a device itself was refused for, under a flood of wrong secrets for its name', () => {
    const { refusals } = recent();
    refusals.note(from({ cause: 'topic', isProven: true }));
    for (let i = 0; i < 5_000; i += 1) refusals.note(from({ address: `10.0.${i % 250}.${Math.floor(i / 250)}` }));
    expect(refusals.of('river-01')).toHaveLength(1 + 10);
    expect(refusals.of('river-01').map(({ cause }) => cause)).toContain('topic');
  });

  test('are dropped after seven days', async () => {
    const { clock, refusals } = recent();
    refusals.note(from({}));
    await clock.advance(days(7));
    expect(refusals.all()).toHaveLength(1);
    await clock.advance(minutes(1));
    expect(refusals.all()).toEqual([]);
  });

  test('of a name have those without a name from its addresses, and no others', () => {
    const { refusals } = recent();
    refusals.connected('river-01', '192.0.2.7');
    const nameless = { cause: 'tls-on-plain-port', name: undefined, isRegistered: false } as const;
    refusals.note(from({ ...nameless, address: '192.0.2.7' }));
    refusals.note(from({ ...nameless, address: '192.0.2.8' }));
    refusals.note(stranger('other', '192.0.2.7'));
    expect(refusals.of('river-01').map(({ address }) => address)).toEqual(['192.0.2.7']);
    expect(refusals.of('other').map(({ cause }) => cause)).toEqual(['tls-on-plain-port', 'unregistered']);
    expect(refusals.of('nobody')).toEqual([]);
  });

  test('have no control character, and no long text, of what a client chose', () => {
    const { refusals } = recent();
    refusals.note({
      ...stranger(`a\u001B[2J\u202E${'x'.repeat(5_000)}`),
      client: '\r\nlog line',
      detail: '\u2066topic',
    });
    const [kept] = refusals.all();
    expect(kept).toMatchObject({ client: '\\u000d\\u000alog line', detail: '\\u2066topic' });
    expect(kept?.name).toMatch(/^a\\u001b\[2J\\u202ex{10,130}$/);
  });
});
