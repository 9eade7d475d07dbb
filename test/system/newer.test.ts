import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { type Service, testService } from '#test/support/servers/service.ts';

const stopped = async (): Promise<Service> => {
  const service = await testService({ parts: ['broker', 'ingest'] });
  await service.ready();
  await service.stop();
  return service;
};

test.for([
  {
    what: 'data folder',
    spoil: (data: string) => writeFileSync(join(data, 'format'), '3\n'),
    tells: 'format 3',
  },
  {
    what: 'operations database',
    spoil: (data: string) => {
      const database = new DatabaseSync(join(data, 'operations.db'));
      database.exec('PRAGMA user_version = 9999');
      database.close();
    },
    tells: 'schema 9999',
  },
  {
    what: 'journal',
    spoil: (data: string) => {
      const path = join(data, 'journal', 'journal.json');
      writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), version: 99 }));
    },
    tells: 'version 99',
  },
])('a newer $what is refused by every part and verb, with what to do', async ({ spoil, tells }) => {
  const service = await stopped();
  spoil(service.data);
  for (const args of [['ingest'], ['ledger'], ['backup', join(service.data, '..', 'backup')]]) {
    const { status, err } = await service.cli(...args);
    expect(status, err).toBe(1);
    expect(err).toMatch(new RegExp(`DATA_NEWER.*${tells}.*(?:start the newer version|upgrade)`, 's'));
  }
  const whole = await service.cli('up');
  expect(whole.status, whole.err).toBe(1);
  expect(whole.err).not.toContain('restarting');
  const { status, out } = await service.cli('doctor');
  expect(status).toBe(1);
  expect(out).toContain(tells);
});

test('an empty folder is given the format of this program', async () => {
  const service = await testService({ parts: [] });
  mkdirSync(service.data, { recursive: true });
  await service.cli('station', 'list');
  expect(readFileSync(join(service.data, 'format'), 'utf8')).toBe('2\n');
});

/** Without the files that SQLite makes beside a database that is read. */
const filesOf = (folder: string): readonly string[] =>
  readdirSync(folder)
    .filter((name) => !/-(?:wal|shm)$/.test(name))
    .toSorted();

test.for([
  { what: 'a data folder', spoil: (data: string) => writeFileSync(join(data, 'format'), '1\n'), tells: 'format 1' },
  { what: 'a data folder without a format', spoil: (data: string) => rmSync(join(data, 'format')), tells: 'format 1' },
  {
    what: 'an operations database',
    spoil: (data: string) => {
      const database = new DatabaseSync(join(data, 'operations.db'));
      database.exec('PRAGMA user_version = 16');
      database.close();
    },
    tells: 'schema 16',
  },
])(
  '$what from before the first release is refused by every part and verb, and left as it is',
  async ({ spoil, tells }) => {
    const service = await stopped();
    spoil(service.data);
    const files = filesOf(service.data);
    for (const args of [['ingest'], ['ledger'], ['backup', join(service.data, '..', 'backup')]]) {
      const { status, err } = await service.cli(...args);
      expect(status, err).toBe(1);
      expect(err).toMatch(new RegExp(`DATA_OLDER.*${tells}.*keep a copy of the data folder.*KLAWING_DATA`, 's'));
    }
    const whole = await service.cli('up');
    expect(whole.status, whole.err).toBe(1);
    expect(whole.err).not.toContain('restarting');
    const { status, out } = await service.cli('doctor');
    expect(status).toBe(1);
    expect(out).toContain(tells);
    expect(filesOf(service.data)).toEqual(files);
  },
);
