import { renameSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openClosedHours } from '#journal/counts/closed-hours.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

const RECENT = { journal: 'j', through: 100, hours: [{ hour: 12, counts: [['a', 7]] }] } as const;

const past = () => {
  const folder = tempFolder();
  const unreadable: string[] = [];
  const put = (hour: number, through: number, counts: readonly (readonly [string, number])[], journal = 'j'): void => {
    writeFileSync(`${folder}/new`, JSON.stringify({ journal, hour, through, counts }));
    renameSync(`${folder}/new`, `${folder}/${hour}.json`);
  };
  const hours = openClosedHours(folder, (path) => unreadable.push(path));
  const complete = async (from = 0, to = 100) => {
    const counts = await hours.complete(RECENT, from, to);
    return counts?.counts.map(({ sender, hour, count }) => `${sender} ${hour} ${count}`);
  };
  return { folder, put, complete, unreadable };
};

test('closed hours are added to recent ones, within the requested range', async () => {
  const { put, complete } = past();
  put(9, 10, [['a', 1]]);
  put(10, 50, [
    ['a', 3],
    ['toString', 4],
  ]);
  put(12, 90, [['a', 5]]);
  put(11, 90, [['b', 9]], 'another journal');
  expect(await complete(10, 12)).toEqual(['a 10 3', 'toString 10 4', 'a 12 7']);
});

test('a closed hour that has changed since requires new counts of the writer', async () => {
  const { put, complete } = past();
  put(10, 101, [['a', 3]]);
  expect(await complete()).toBeUndefined();
  expect(await complete(11, 12)).toEqual(['a 12 7']);
});

test('a replaced file is read again, and an unreadable file counts nothing and is reported', async () => {
  const { folder, put, complete, unreadable } = past();
  put(10, 50, [['a', 3]]);
  await complete();
  put(10, 60, [['a', 4]]);
  expect(await complete()).toEqual(['a 10 4', 'a 12 7']);
  writeFileSync(`${folder}/10.json`, '{"journal":');
  expect(await complete()).toEqual(['a 12 7']);
  expect(unreadable).toEqual([`${folder}/10.json`]);
});
