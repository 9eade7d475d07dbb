import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { problemsOf, type ProbeFindings, isBehind } from '#monitor/problems.ts';
import { RefusedVersions } from '#monitor/refused-versions.ts';
import { type SilenceContext, silentDevices, withVersions } from '#monitor/silent-devices.ts';
import type { PresenceState } from '#storage/operations/alerting.ts';
import { minutes, seconds } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import type { Device } from '#model/registry/device.ts';
import { aDevice, aStation } from '#test/support/servers/api.ts';

const LIMITS = { behind: 100, quarantined: 10 };
const BEGIN = minutes(60).ms;
const device = (id: string, given: Partial<Device> = {}): Device =>
  aDevice({ id, every: minutes(1), registeredAt: BEGIN, assignments: [{ station: 'ST1', from: 0 }], ...given });

const heard = (devices: readonly Device[], given: Partial<SilenceContext> = {}): SilenceContext => ({
  registry: {
    revision: 1,
    stations: new Map([['ST1', aStation()]]),
    devices: new Map(devices.map((one) => [one.id, one])),
    gateways: new Map(),
    profiles: new Map(),
  },
  presence: new Map(),
  lastSeen: new Map(),
  outages: [],
  grace: seconds(30),
  now: BEGIN,
  ...given,
});

const present = (states: Readonly<Record<string, PresenceState>>) =>
  new Map(
    Object.entries(states).map(([id, state]) => [id, { device: id, state, since: BEGIN, connection: 1 }] as const),
  );

const quiet = (now: number, given: Partial<ProbeFindings> = {}): ProbeFindings => ({
  now,
  brokerDown: undefined,
  journalStalled: undefined,
  storeOutage: undefined,
  behind: 0,
  imbalance: undefined,
  unverified: undefined,
  quarantined: 0,
  silent: [],
  wrongClocks: [],
  replaced: [],
  contested: [],
  areTakeoversKnown: true,
  clockJump: undefined,
  isSettling: false,
  ...given,
});

describe('a device that never spoke', () => {
  test('is silent after its interval and grace', () => {
    expect(silentDevices(heard([device('a')], { now: BEGIN + seconds(210).ms }))).toEqual([]);
    const [silent] = silentDevices(heard([device('a')], { now: BEGIN + seconds(211).ms }));
    expect(silent).toMatchObject({ device: 'a', cause: 'never-heard', since: BEGIN + seconds(210).ms });
  });

  test('is given the time in which nobody listened, and no more', () => {
    const outages = [
      { from: BEGIN + seconds(60).ms, to: BEGIN + seconds(600).ms },
      { from: BEGIN + seconds(700).ms, to: BEGIN + seconds(800).ms },
    ];
    // 50 s of its time are left when the second begins; it has 90 s to come back
    const due = BEGIN + seconds(800 + 90).ms;
    expect(silentDevices(heard([device('a')], { outages, now: due }))).toEqual([]);
    expect(silentDevices(heard([device('a')], { outages, now: due + 1 }))).toMatchObject([{ since: due }]);
  });
});

describe('a start of the broker', () => {
  const lastSeen = new Map([['a', BEGIN]]);

  test('gives every device its interval and grace to come back', () => {
    const outages = [{ from: BEGIN + seconds(200).ms, to: BEGIN + seconds(205).ms }];
    const due = BEGIN + seconds(205 + 90).ms;
    expect(silentDevices(heard([device('a')], { outages, lastSeen, now: due }))).toEqual([]);
    expect(silentDevices(heard([device('a')], { outages, lastSeen, now: due + 1 }))).toMatchObject([{ since: due }]);
  });

  test('changes nothing about a device that was silent before it', () => {
    const outages = [{ from: BEGIN + seconds(300).ms, to: BEGIN + seconds(400).ms }];
    const [silent] = silentDevices(heard([device('a')], { outages, lastSeen, now: BEGIN + seconds(401).ms }));
    expect(silent).toMatchObject({ since: BEGIN + seconds(210).ms });
  });

  test('hides nobody, however often it comes: after twice its time of listening a device is silent', () => {
    const arbitraryGaps = fc
      .array(fc.tuple(fc.integer({ min: 1, max: 120_000 }), fc.integer({ min: 0, max: 600_000 })), { maxLength: 50 })
      .map((spans) => {
        let at = BEGIN;
        return spans.map(([listened, lost]) => {
          const from = at + listened;
          at = from + lost;
          return { from, to: at };
        });
      });
    fc.assert(
      fc.property(arbitraryGaps, fc.integer({ min: 0, max: 900_000 }), (outages, further) => {
        const now = (outages.at(-1)?.to ?? BEGIN) + further;
        const lost = outages.reduce((sum, { from, to }) => sum + to - from, 0);
        const listened = now - BEGIN - lost;
        const isSilent = silentDevices(heard([device('a')], { outages, now })).length > 0;
        if (listened > seconds(420).ms) expect(isSilent).toBe(true);
        if (listened <= seconds(210).ms) expect(isSilent).toBe(false);
      }),
    );
  });
});

describe('a silence', () => {
  test('has its cause told apart', () => {
    const devices = [
      device('gone'),
      device('mute'),
      device('lost'),
      device('behind-gone', { gateway: 'gate' }),
      device('behind-here', { gateway: 'gate-2' }),
      device('never'),
    ];
    const spoke = ['gone', 'mute', 'lost', 'behind-gone', 'behind-here'];
    const found = silentDevices(
      heard(devices, {
        now: BEGIN + minutes(10).ms,
        lastSeen: new Map(spoke.map((id) => [id, BEGIN])),
        presence: present({ gone: 'offline', mute: 'online', gate: 'offline', 'gate-2': 'online' }),
      }),
    );
    expect(Object.fromEntries(found.map(({ device: id, cause }) => [id, cause]))).toEqual({
      gone: 'device-offline',
      mute: 'connected',
      lost: 'unknown',
      'behind-gone': 'gateway-offline',
      'behind-here': 'connected',
      never: 'never-heard',
    });
  });

  test('is longer for a device that sleeps', () => {
    const sleeper = device('a', { silentAfter: minutes(30) });
    expect(silentDevices(heard([sleeper], { now: BEGIN + minutes(30).ms }))).toEqual([]);
    expect(silentDevices(heard([sleeper], { now: BEGIN + minutes(30).ms + 1 }))).toHaveLength(1);
  });

  test('is none of a device that is revoked, or that belongs to no station', () => {
    const devices = [device('a', { revoked: true }), device('b', { assignments: [] })];
    expect(silentDevices(heard(devices, { now: BEGIN + minutes(99).ms }))).toEqual([]);
  });
});

describe('conditions', () => {
  const many = Array.from({ length: 200 }, (_, i) => device(`dev-${i}`, i < 150 ? { gateway: 'gate' } : {}));
  const now = BEGIN + minutes(10).ms;
  const silent = silentDevices(
    heard(many, {
      now,
      presence: present({ gate: 'offline' }),
      lastSeen: new Map(many.map(({ id }) => [id, BEGIN])),
    }),
  );

  test('are one for a gateway, and one for each device that is silent by itself', () => {
    const rules = problemsOf(quiet(now, { silent }), LIMITS).map(({ rule }) => rule);
    expect(rules.filter((rule) => rule === 'gateway-silent')).toHaveLength(1);
    expect(rules.filter((rule) => rule === 'device-silent')).toHaveLength(50);
  });

  test('say nothing of devices while the broker is down or ingest is behind', () => {
    const rulesOf = (given: Partial<ProbeFindings>) =>
      problemsOf(quiet(now, { silent, isSettling: true, ...given }), LIMITS).map(({ rule }) => rule);
    const brokerDown = { since: BEGIN, why: 'no answer', isStarting: false };
    expect(rulesOf({ brokerDown })).toEqual(['broker-down']);
    expect(rulesOf({ brokerDown: { ...brokerDown, isStarting: true } })).toEqual([]);
    expect(isBehind(quiet(now, { brokerDown: { ...brokerDown, isStarting: true } }), LIMITS)).toBe(true);
    expect(rulesOf({ behind: 101 })).toEqual(['ingest-behind']);
    expect(rulesOf({})).toEqual([]);
    expect([isBehind(quiet(now, { brokerDown }), LIMITS), isBehind(quiet(now, { behind: 101 }), LIMITS)]).toEqual([
      true,
      true,
    ]);
    expect(isBehind(quiet(now, { behind: 100 }), LIMITS)).toBe(false);
  });

  test('are one for a store that is away, however many devices there are', () => {
    const storeOutage = { fault: new Fault('STORE_UNREACHABLE', 'no answer', { retry: true }), since: BEGIN };
    expect(problemsOf(quiet(now, { storeOutage }), LIMITS).map(({ rule }) => rule)).toEqual(['store-away']);
  });

  test('say of a device that was never heard whether it is connected', () => {
    const devices = ['here', 'gone', 'never'].map((id) => device(id));
    const found = silentDevices(heard(devices, { now, presence: present({ here: 'online', gone: 'offline' }) }));
    const texts = problemsOf(quiet(now, { silent: found }), LIMITS).map(({ detail }) => `${detail.en} ${detail.id}`);
    expect(texts[0]).toMatch(/sent nothing since.*connected now.*sekarang terhubung/);
    expect(texts[1]).toMatch(/sent nothing since.*connected before.*pernah terhubung/);
    expect(texts[2]).toMatch(/sent nothing since.*never connected.*belum pernah terhubung/);
  });

  test('say which version of MQTT a device, or its gateway, asks for where it is not served', () => {
    const devices = [device('old'), device('new'), device('behind', { gateway: 'gate' })];
    const lastSeen = new Map([['new', BEGIN]]);
    const found = silentDevices(heard(devices, { now, lastSeen, presence: present({ gate: 'offline' }) }));
    const otherVersions = ['new', 'gate'].map((sender) => ({ sender, level: 5, at: now }));
    const versions = new RefusedVersions();
    versions.report(otherVersions);
    const silent5 = withVersions(found, versions);
    const told = problemsOf(quiet(now, { silent: silent5 }), LIMITS).map(
      ({ device: id, detail }) => `${id}: ${detail.en} ${detail.id}`,
    );
    const [gate, old, asking] = told;
    expect(gate).toMatch(/^gate: .*it asks for MQTT 5, which is not supported.*meminta MQTT 5, yang tidak didukung/);
    expect(old).toMatch(/^old: (?!.*MQTT)/);
    expect(asking).toMatch(/^new: .*last heard .*; it asks for MQTT 5, .*; meminta MQTT 5, .*MQTT 3\.1\.1\.$/);
  });

  test('are told in Indonesian without the words of programs', () => {
    const why = { id: 'Jurnal mencapai batas ukurannya', en: 'The journal has grown to its bound' };
    const told = problemsOf(
      quiet(now, {
        brokerDown: { since: BEGIN, why: 'the broker gives no answer', isStarting: false },
        journalStalled: { why, bytes: 1 },
        storeOutage: { fault: new Fault('STORE_UNREACHABLE', 'connect refused', { retry: true }), since: BEGIN },
      }),
      LIMITS,
    );
    expect(told).toHaveLength(3);
    for (const { detail } of told) expect(detail.id).not.toMatch(/\b(the|gives|answer|connect|refused|has|grown)\b/i);
  });
});
