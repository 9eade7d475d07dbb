import { describe, expect, test } from 'vitest';
import { createOrders } from '#firmware-sim/device/command-requests.ts';
import { createPace } from '#firmware-sim/pace.ts';
import { commandMessage } from '#model/commands/command.ts';
import { configMessage } from '#model/commands/device-config.ts';
import { minutes, seconds } from '#model/base/duration.ts';
import { manualClock } from '#test/support/clocks/manual-clock.ts';

const aFirmware = () => {
  const clock = manualClock();
  const done: string[] = [];
  const orders = createOrders(
    {
      pace: ({ ms }) => done.push(`every ${ms}`),
      report: () => done.push('report'),
      reboot: () => done.push('reboot'),
    },
    clock,
  );
  const order = (id: string, name: string, expiresAt = clock.now() + 1_000) => {
    const command = { id, name, arguments: {}, createdAt: clock.now(), expiresAt };
    return orders.take(`v1/dev-1/commands/${id}`, Buffer.from(commandMessage(command)));
  };
  return { clock, done, orders, order };
};

const answerTo = (command: string, body: object) => [{ command, payload: JSON.stringify(body) }];

describe('the firmware of the simulator', () => {
  test('does a command that comes twice once, and answers it twice', () => {
    const { done, order } = aFirmware();
    expect(order('c1', 'report')).toEqual(answerTo('c1', { ok: true }));
    expect(order('c1', 'report')).toEqual(answerTo('c1', { ok: true }));
    expect(done).toEqual(['report']);
  });

  test('answers a reboot as received before it and as done behind it', () => {
    const { done, orders, order } = aFirmware();
    expect(order('c1', 'reboot')).toEqual(answerTo('c1', { state: 'received' }));
    expect(orders.afterBoot()).toEqual(answerTo('c1', { ok: true }));
    expect(orders.afterBoot()).toEqual([]);
    expect(order('c1', 'reboot')).toEqual(answerTo('c1', { ok: true }));
    expect(done).toEqual(['reboot']);
  });

  test('refuses what is late and what it does not know', () => {
    const { clock, done, order } = aFirmware();
    expect(order('c1', 'reboot', clock.now())).toEqual(answerTo('c1', { ok: false, error: 'it came too late' }));
    expect(order('c2', 'dance')[0]?.payload).toContain('"ok":false');
    expect(done).toEqual([]);
  });

  test('obeys the interval of a config, and lets pass what it cannot read', () => {
    const { done, orders } = aFirmware();
    const config = configMessage({ revision: 1, config: { interval: 30, settings: { gain: 2 } } });
    orders.take('v1/dev-1/config', Buffer.from(config));
    for (const text of ['', 'no JSON', '{"interval":0}', '{"interval":"30s"}', '{}']) {
      expect(orders.take('v1/dev-1/config', Buffer.from(text))).toEqual([]);
      expect(orders.take('v1/dev-1/commands/c9', Buffer.from(text))).toEqual([]);
    }
    expect(done).toEqual(['every 30000']);
  });
});

describe('a pace', () => {
  test('changes on the way, is not disturbed by the same span, and ends', async () => {
    const clock = manualClock();
    let calls = 0;
    const pace = createPace(clock, minutes(1), () => (calls += 1));
    pace.start();
    await clock.advance(seconds(50));
    pace.change(minutes(1));
    await clock.advance(seconds(10));
    expect(calls).toBe(1);
    pace.change(seconds(10));
    await clock.advance(minutes(1));
    expect(calls).toBe(7);
    pace.stop();
    pace.change(seconds(1));
    await clock.advance(minutes(1));
    expect(calls).toBe(7);
  });
});
