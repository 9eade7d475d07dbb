import { describe, expect, test } from 'vitest';
import type { Channel } from '#alerter/notify/channel.ts';
import type { NotifyContext } from '#alerter/notify/context.ts';
import { notify } from '#alerter/notify/notify.ts';
import type { Alert, Evaluated } from '#model/alerts/alert.ts';
import { MORNING } from '#test/support/builders/readings.ts';
import { bancarRegistry, bancarRule, bench, stageAt } from '#test/support/builders/alerting.ts';
import { minutes } from '#model/base/duration.ts';

const channel = (name: string, given: Partial<Channel> = {}): Channel => ({
  name,
  audience: 'people',
  recipients: [`${name}-a`],
  render: ({ alert, key }, recipient) => `${key} to ${recipient}: ${alert.state} ${alert.value} ${alert.silenced}`,
  knows: () => true,
  send: () => Promise.resolve(),
  ...given,
});

const CHANNELS = [
  channel('email', { recipients: ['sari', 'budi'] }),
  channel('webhook'),
  channel('mqtt', { audience: 'state', recipients: [] }),
];

const facts = (given: Partial<NotifyContext> = {}): NotifyContext => ({
  channels: CHANNELS,
  registry: bancarRegistry(),
  silences: [],
  now: MORNING,
  journal: 'j',
  sequence: 7,
  standing: [],
  isBrokerNew: false,
  link: 'http://localhost:8080',
  ...given,
});

const muted = { id: 3, station: 'PBG-R03', rule: undefined, from: 0, until: MORNING + 1, reason: 'dibersihkan' };

const now = (): ReturnType<typeof bench> => bench([bancarRule({ hold: minutes(0) })]);

const firing = (): Evaluated => now().take(stageAt(0, 2.6));

const toWhom = (evaluated: Evaluated, given: Partial<NotifyContext> = {}): readonly string[] =>
  notify(evaluated, facts(given)).messages.map(
    ({ channel: name, recipient, state }) => `${name} ${recipient} ${state}`,
  );

const TOPIC = 'v1/alerts/PBG-R03/waspada';

/** The alert of an evaluation that has one. */
const only = ({ alerts }: Pick<Evaluated, 'alerts'>): Alert => {
  const [alert] = alerts;
  if (alert === undefined) throw new Error('no alert');
  return alert;
};

describe('what fires', () => {
  test('is told to everyone of every channel, and shown on its topic', () => {
    const evaluated = firing();
    expect(toWhom(evaluated, { standing: evaluated.alerts })).toEqual([
      'email sari firing',
      'email budi firing',
      'webhook webhook-a firing',
      `mqtt ${TOPIC} firing`,
    ]);
    const commit = notify(evaluated, facts());
    expect(only(commit).isNotified).toBe(true);
    expect(commit.messages[0]).toMatchObject({ key: 'j-7-1-firing', alert: 1, isReplacing: false, createdAt: MORNING });
    expect(commit.messages.at(-1)).toMatchObject({
      isReplacing: true,
      body: expect.stringContaining('firing 2.6 false'),
    });
    expect(commit.events).toMatchObject([{ kind: 'firing', at: MORNING, receivedAt: MORNING + 1_000, value: 2.6 }]);
  });

  test('goes only to the channels that its rule names', () => {
    const evaluated = bench([bancarRule({ hold: minutes(0), channels: ['webhook'] })]).take(stageAt(0, 2.6));
    expect(toWhom(evaluated)).toEqual(['webhook webhook-a firing', `mqtt ${TOPIC} firing`]);
  });
});

describe('what is pending', () => {
  test('is shown and told to nobody, nor that it is over before its hold', () => {
    const { take } = bench();
    expect(toWhom(take(stageAt(0, 2.6)))).toEqual([`mqtt ${TOPIC} pending`]);
    expect(toWhom(take(stageAt(1, 2)))).toEqual([`mqtt ${TOPIC} resolved`]);
  });
});

describe('what is silenced', () => {
  test('is shown and told to nobody, and its history says why', () => {
    const commit = notify(firing(), facts({ silences: [muted] }));
    expect(commit.messages.map(({ channel: name }) => name)).toEqual(['mqtt']);
    expect(commit.messages[0]?.body).toContain('true');
    expect(commit.events).toMatchObject([{ kind: 'firing' }, { kind: 'silenced', note: 'dibersihkan' }]);
    expect(only(commit).isNotified).toBe(false);
  });

  test('is told with its next reading after the silence, once', () => {
    const { take } = now();
    take(stageAt(0, 2.6));
    const later = take(stageAt(1, 2.7));
    expect(later.changes).toEqual([]);
    expect(toWhom(later, { silences: [muted] })).toEqual([]);
    const commit = notify(later, facts({ silences: [muted], now: MORNING + 2 }));
    expect(commit.messages.map(({ recipient }) => recipient)).toEqual(['sari', 'budi', 'webhook-a']);
    expect(commit.events).toEqual([]);
    const told: Evaluated = { changes: [], alerts: commit.alerts };
    expect(toWhom(told)).toEqual([]);
  });

  test('is not told to be over when its firing was not', () => {
    const { take } = now();
    take(stageAt(0, 2.6));
    expect(toWhom(take(stageAt(1, 2)))).toEqual([`mqtt ${TOPIC} resolved`]);
  });

  test('counts only for its station, its rule and its time', () => {
    for (const other of [
      { ...muted, station: 'PBG-R01' },
      { ...muted, rule: 'siaga' },
      { ...muted, until: MORNING },
      { ...muted, from: MORNING + 1, until: MORNING + 9 },
    ]) {
      expect(toWhom(firing(), { silences: [other] })).toHaveLength(4);
    }
  });
});

describe('what is over', () => {
  test('is told to those who were told, also within one batch', () => {
    const { take } = now();
    const first = take(stageAt(0, 2.6));
    const told: Evaluated = { ...first, changes: [], alerts: [{ ...only(first), isNotified: true }] };
    expect(toWhom(told)).toEqual([]);
    const both = now().take(stageAt(0, 2.6), stageAt(1, 2));
    expect(toWhom(both).filter((line) => line.startsWith('webhook'))).toEqual([
      'webhook webhook-a firing',
      'webhook webhook-a resolved',
    ]);
  });
});

describe('the topic', () => {
  test('shows what stands highest where several devices watch a station', () => {
    const { take, standing } = now();
    take(stageAt(0, 2.6));
    const other = take(stageAt(0, 2.7, { device: 'pbg-r03-b' }), stageAt(1, 2, { device: 'pbg-r03-b' }));
    const [message] = notify(other, facts({ standing: standing() })).messages.filter(
      ({ channel: name }) => name === 'mqtt',
    );
    expect(message).toMatchObject({ alert: 1, state: 'firing', recipient: TOPIC });
  });

  test('is filled again for a broker that has started anew', () => {
    const { take, standing } = now();
    take(stageAt(0, 2.6));
    const nothing: Evaluated = { changes: [], alerts: [] };
    expect(toWhom(nothing, { standing: standing() })).toEqual([]);
    expect(toWhom(nothing, { standing: standing(), isBrokerNew: true })).toEqual([`mqtt ${TOPIC} firing`]);
  });
});
