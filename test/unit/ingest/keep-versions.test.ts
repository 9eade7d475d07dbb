import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { describe, expect, test } from 'vitest';
import { keepVersions } from '#ingest/keep-versions.ts';
import { readQualityVersions } from '#model/quality/quality-file.ts';
import { testsAt } from '#model/quality/quality-versions.ts';
import { river } from '#model/families/river.ts';
import { openSqliteOperations } from '#storage/operations/sqlite/sqlite.ts';
import { MORNING } from '#test/support/builders/readings.ts';

const DAY = 86_400_000;

/** A version of one threshold, from so many days after the morning. */
const aVersion = (version: number, day: number, suspect = 1) => ({
  version,
  from: new Date(MORNING + day * DAY).toISOString(),
  stations: { 'PBG-R01': { stage: { spike: { suspect }, 'flat-line': null } } },
});
const read = (...versions: readonly unknown[]) => readQualityVersions({ versions });

describe('the file of parameters', () => {
  test('holds versions, nothing at all, or the example once it is taken in', () => {
    expect(readQualityVersions(null)).toEqual([]);
    expect(read(aVersion(1, 0), aVersion(2, 1)).map(({ version }) => version)).toEqual([1, 2]);
    const file = readFileSync('config/quality.yaml', 'utf8');
    expect(readQualityVersions(parse(file))).toEqual([]);
    const example = file.replace(/^[\s\S]*?(?=# versions:)/, '').replaceAll(/^# /gm, '');
    expect(readQualityVersions(parse(example))).toHaveLength(1);
  });

  test.for([
    [
      'an unknown test',
      [{ ...aVersion(1, 0), families: { river: { stage: { spikes: {} } } } }],
      /versions\.0\.families\.river\.stage/,
    ],
    [
      'an unknown property',
      [{ ...aVersion(1, 0), families: { river: { stages: {} } } }],
      /families\.river\.stages.*no such/,
    ],
    ['an unknown family', [{ ...aVersion(1, 0), families: { rivers: {} } }], /families\.rivers.*no such/],
    [
      'a threshold below zero',
      [{ ...aVersion(1, 0), families: { river: { stage: { spike: { suspect: -1 } } } } }],
      /suspect/,
    ],
    ['a date that is no date', [{ ...aVersion(1, 0), from: 'today' }], /versions\.0\.from/],
    ['versions out of order', [aVersion(2, 0), aVersion(1, 1)], /versions\.1.*higher/],
    ['versions of one date', [aVersion(1, 0), aVersion(2, 0)], /versions\.1.*higher/],
  ] as const)('is refused with %s', ([, versions, message]) => {
    expect(() => read(...versions)).toThrow(message);
  });
});

test('a value is judged by the version in force when it was observed, by its station before its family', () => {
  const [first] = read({
    ...aVersion(1, 0),
    families: { river: { stage: { spike: { suspect: 9 }, 'time-gap': null } } },
  });
  if (first === undefined) throw new Error('no version');
  const stageAt = (station: string, at: number) => testsAt([first], { station, family: river, property: 'stage' }, at);
  expect(stageAt('PBG-R01', MORNING - 1)).toMatchObject({
    version: 0,
    until: MORNING,
    tests: { spike: { suspect: 0.3 } },
  });
  const after = stageAt('PBG-R01', MORNING);
  expect(after).toMatchObject({ version: 1, tests: { spike: { suspect: 1 }, 'flat-line': null, 'time-gap': null } });
  expect(after.tests['rate-of-change']).toEqual({ suspect: 2 });
  expect(stageAt('PBG-R02', MORNING).tests).toMatchObject({ spike: { suspect: 9 }, 'flat-line': { tolerance: 0.003 } });
});

describe('versions are kept', () => {
  const now = MORNING + 10 * DAY;
  const keep = (given: readonly unknown[], before: readonly unknown[] = [], isFirst = false) =>
    keepVersions(read(...given), keepVersions(read(...before), [], { now, isFirst: true }), { now, isFirst });

  test('one that is in force stays as it was', () => {
    expect(keep([aVersion(1, 0), aVersion(2, 20)], [aVersion(1, 0)])).toHaveLength(2);
    expect(() => keep([aVersion(1, 0, 5)], [aVersion(1, 0)])).toThrow(/version 1 .* was changed/);
    expect(() => keep([], [aVersion(1, 0)])).toThrow(/version 1 .* was changed or taken out/);
  });

  test('one that begins later may change still', () => {
    expect(keep([aVersion(1, 30, 5)], [aVersion(1, 20)])).toHaveLength(1);
    expect(keep([], [aVersion(1, 20)])).toHaveLength(0);
  });

  test('a new one begins later, but for the very first start', () => {
    expect(() => keep([aVersion(1, 0)])).toThrow(/version 1 .* begins in the past/);
    expect(keep([aVersion(1, 0)], [], true)).toHaveLength(1);
  });

  test('in the database', async () => {
    const operations = openSqliteOperations(':memory:');
    const kept = keep([aVersion(1, 0), aVersion(2, 20)], [], true);
    await operations.keepQualityVersions(kept);
    expect(operations.qualityVersions()).toEqual(kept);
    await operations.stop();
  });
});
