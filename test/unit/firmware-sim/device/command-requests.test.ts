import { describe, expect, test } from 'vitest';
import { createCommandRequests } from '#firmware-sim/device/command-requests.ts';
import { commandMessage } from '#model/commands/command.ts';
import { configMessage } from '#model/commands/device-config.ts';
import { manualClock } from '#test/support/clocks/manual-clock.ts';

const aFirmware = () => {
  const clock = manualClock();
  const done: string[] = [];
  const requests = createCommandRequests(
    {
      pace: ({ ms }) => done.push(`every ${ms}`),
      report: () => done.push('report'),
      reboot: () => done.push('reboot'),
    },
    clock,
  );
  const order = (id: string, name: string, expiresAt = clock.now() + 1_000) => {
    const command = { id, name, arguments: {}, createdAt: clock.now(), expiresAt };
    return requests.handle(`v1/dev-1/commands/${id}`, Buffer.from(commandMessage(command)));
  };
  return { clock, done, requests, order };
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
    const { done, requests, order } = aFirmware();
    expect(order('c1', 'reboot')).toEqual(answerTo('c1', { state: 'received' }));
    expect(requests.afterBoot()).toEqual(answerTo('c1', { ok: true }));
    expect(requests.afterBoot()).toEqual([]);
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
    const { done, requests } = aFirmware();
    const config = configMessage({ revision: 1, config: { interval: 30, settings: { gain: 2 } } });
    requests.handle('v1/dev-1/config', Buffer.from(config));
    for (const text of ['', 'no JSON', '{"interval":0}', '{"interval":"30s"}', '{}']) {
      expect(requests.handle('v1/dev-1/config', Buffer.from(text))).toEqual([]);
      expect(requests.handle('v1/dev-1/commands/c9', Buffer.from(text))).toEqual([]);
    }
    expect(done).toEqual(['every 30000']);
  });
});
