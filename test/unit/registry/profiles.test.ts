import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readProfile, readProfiles } from '#cli/device/profile-files.ts';
import { readingEntries } from '#ingest/read-steps.ts';
import { readingsIn } from '#model/readings/columns.ts';
import { qualifyBatch } from '#ingest/qualify/qualify.ts';
import type { Instant } from '#model/base/instant.ts';
import type { Device } from '#model/registry/device.ts';
import { type Registry, replayedWith } from '#model/registry/registry.ts';
import { profileChanges, withProfileInForce } from '#registry/profiles.ts';
import { openSqliteOperations } from '#storage/operations/sqlite/sqlite.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';
import { aDevice, aStation } from '#test/support/servers/api.ts';
import { MORNING } from '#test/support/builders/readings.ts';

const recipe = (version: string, scale: number): string =>
  `id: box\nversion: ${version}\ntitle: { id: Kotak, en: Box }\nfamilies: [air]\nfields:\n  a.dust: { property: pm2_5, scale: ${scale} }\nignored: [lqi]\n`;
const FIRST = readProfile('box.yaml', recipe('2026-11-01', 1));
const SECOND = readProfile('box.yaml', recipe('2026-12-01', 10));
const EARLY = MORNING - 3_600_000;

/** The registry after both versions were taken, the second this morning. */
const taken = async (device: Device): Promise<Registry> => {
  const operations = openSqliteOperations(join(tempFolder(), 'operations.db'));
  const start = [{ kind: 'put-station', station: aStation() } as const];
  await operations.changeRegistry([...start, ...profileChanges([FIRST], operations.registry(), EARLY)]);
  const first = withProfileInForce(device, operations.registry().profiles, EARLY);
  await operations.changeRegistry([{ kind: 'put-device', device: first }]);
  await operations.changeRegistry(profileChanges([FIRST, SECOND], operations.registry(), MORNING));
  const registry = operations.registry();
  expect(profileChanges([FIRST, SECOND], registry, MORNING)).toEqual([]);
  await operations.stop();
  return registry;
};

const valuesAt = (registry: Registry, receivedAt: Instant, body: unknown): readonly number[] => {
  const entry = {
    kind: 'readings',
    sender: 'dev-1',
    connection: 1,
    qos: 1,
    dup: false,
    packetId: 1,
    sequence: 1,
    topic: 'v1/dev-1/readings',
    receivedAt,
    payload: Buffer.from(JSON.stringify(body)),
  } as const;
  const batch = readingEntries(registry)([entry]);
  expect(batch.packets.flatMap(({ refused }) => refused)).toEqual([]);
  return readingsIn(qualifyBatch(batch).readings).map(({ value }) => value);
};

describe('the version of a profile', () => {
  test('is the one in force at the arrival; a replay may take the newest', async () => {
    const registry = await taken(aDevice({ profile: 'box' }));
    const body = { a: { dust: 2 }, lqi: 'x' };
    expect(valuesAt(registry, EARLY - 1, body)).toEqual([2]);
    expect(valuesAt(registry, MORNING - 1, body)).toEqual([2]);
    expect(valuesAt(registry, MORNING, body)).toEqual([20]);
    expect(valuesAt(replayedWith(registry, 'newest'), EARLY, body)).toEqual([20]);
  });

  test('stands below the registration of its device', async () => {
    const fields = { 'a.dust': { property: 'pm10', scale: 3 }, lqi: { property: 'pm1' } };
    const registry = await taken(aDevice({ profile: 'box', fields }));
    expect(valuesAt(registry, MORNING, { a: { dust: 2 }, lqi: 7 })).toEqual([6, 7]);
  });

  test('is never changed without a later date', async () => {
    const registry = await taken(aDevice({ profile: 'box' }));
    const other = readProfile('box.yaml', recipe('2026-11-01', 5));
    expect(() => profileChanges([other], registry, MORNING)).toThrow(/profile box of 2026-11-01 is kept with another/);
  });

  test('ends where its device gets another profile or none', () => {
    const profiles = new Map([['box', [FIRST, SECOND]]]);
    const device = withProfileInForce(aDevice({ profile: 'box' }), profiles, EARLY);
    expect(device.profiles).toEqual([{ profile: 'box', version: '2026-12-01', from: 0 }]);
    const { profile: _, ...without } = device;
    expect(withProfileInForce(without, profiles, MORNING).profiles).toEqual([
      ...(device.profiles ?? []),
      { from: MORNING },
    ]);
    expect(() => withProfileInForce(aDevice({ profile: 'bix' }), profiles, MORNING)).toThrow(/"bix"; there are box/);
  });
});

describe('a file of a profile', () => {
  test.for([
    ['id: box\nversion: 1\n', 'box.yaml:2:10: "version"'],
    [recipe('2026-11-01', 1).replace('pm2_5', 'pm99'), 'box.yaml:6:11: "fields.a.dust": air has no property "pm99"'],
    [
      recipe('2026-11-01', 1).replace('scale: 1', 'unit: kg'),
      'box.yaml:6:11: "fields.a.dust": "kg" cannot become ug/m3',
    ],
    [`${recipe('2026-11-01', 1)}colour: red\n`, 'box.yaml:8:9: "colour": a profile has no such member'],
    [recipe('2026-11-01', 1).replace('lqi', 'a.dust'), 'box.yaml:6:11: "fields.a.dust": it is mapped and ignored'],
    [
      `${recipe('2026-11-01', 1)}topics: { readings: [commands/x] }\n`,
      'box.yaml:8:22: "topics.readings.0": this topic',
    ],
    ['id: [box\n', 'box.yaml:2:1: '],
  ] as const)('is refused with its line and column: %s', ([text, says]) => {
    expect(() => readProfile('box.yaml', text)).toThrow(says);
  });

  test('of the product is valid, and has a title in both languages', () => {
    expect(readProfiles(undefined).length).toBeGreaterThan(0);
  });
});
