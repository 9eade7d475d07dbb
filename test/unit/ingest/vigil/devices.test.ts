import { describe, expect, test } from 'vitest';
import { conditionsOf, type Findings } from '#ingest/vigil/conditions.ts';
import { type Heard, silentDevices } from '#ingest/vigil/devices.ts';
import type { PresenceState } from '#ingest/operations/operations.ts';
import { minutes, seconds } from '#model/duration.ts';
import { Fault } from '#model/fault.ts';
import type { Device } from '#model/station.ts';
import { aDevice, aStation } from '#test/support/api.ts';

const BEGIN = minutes(60).ms;
const device = (id: string, given: Partial<Device> = {}): Device =>
  aDevice({ id, every: minutes(1), registeredAt: BEGIN, assignments: [{ station: 'ST1', from: 0 }], ...given });

const heard = (devices: readonly Device[], given: Partial<Heard> = {}): Heard => ({
  registry: {
    revision: 1,
    stations: new Map([['ST1', aStation()]]),
    devices: new Map(devices.map((one) => [one.id, one])),
    gateways: new Map(),
  },
  presence: new Map(),
  lastSeen: new Map(),
  gaps: [],
  grace: seconds(30),
  now: BEGIN,
  ...given,
});

const present = (states: Readonly<Record<string, PresenceState>>) =>
  new Map(
    Object.entries(states).map(([id, state]) => [id, { device: id, state, since: BEGIN, connection: 1 }] as const),
  );

const quiet = (now: number, given: Partial<Findings> = {}): Findings => ({
  ...{ now, brokerDown: undefined, journalStalled: undefined, storeOutage: undefined, behind: 0 },
  ...{ imbalance: undefined, unverified: undefined, quarantined: 0, silent: [], wrongClocks: [] },
  ...given,
});

describe('a device that never spoke', () => {
  test('is silent after its interval and grace', () => {
    expect(silentDevices(heard([device('a')], { now: BEGIN + seconds(210).ms }))).toEqual([]);
    const [silent] = silentDevices(heard([device('a')], { now: BEGIN + seconds(211).ms }));
    expect(silent).toMatchObject({ device: 'a', cause: 'never-heard', since: BEGIN + seconds(210).ms });
  });

  test('is given the time in which nobody listened, and no more', () => {
    const gaps = [
      { from: BEGIN + seconds(60).ms, to: BEGIN + seconds(600).ms },
      { from: BEGIN + seconds(700).ms, to: BEGIN + seconds(800).ms },
    ];
    const due = BEGIN + seconds(210 + 540 + 100).ms;
    expect(silentDevices(heard([device('a')], { gaps, now: due }))).toEqual([]);
    expect(silentDevices(heard([device('a')], { gaps, now: due + 1 }))).toMatchObject([{ since: due }]);
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
    const rules = conditionsOf(quiet(now, { silent })).map(({ rule }) => rule);
    expect(rules.filter((rule) => rule === 'gateway-silent')).toHaveLength(1);
    expect(rules.filter((rule) => rule === 'device-silent')).toHaveLength(50);
  });

  test('say nothing of devices while the broker is down or ingest is behind', () => {
    const brokerDown = { since: BEGIN, why: 'no answer' };
    expect(conditionsOf(quiet(now, { silent, brokerDown })).map(({ rule }) => rule)).toEqual(['broker-down']);
    expect(conditionsOf(quiet(now, { silent, behind: 50_000 })).map(({ rule }) => rule)).toEqual(['ingest-behind']);
  });

  test('are one for a store that is away, however many devices there are', () => {
    const storeOutage = { fault: new Fault('STORE_UNREACHABLE', 'no answer', { retry: true }), since: BEGIN };
    expect(conditionsOf(quiet(now, { storeOutage })).map(({ rule }) => rule)).toEqual(['store-away']);
  });
});
