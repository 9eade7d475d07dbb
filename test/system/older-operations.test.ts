import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { untilProcessed } from '#test/support/oracles/oracle.ts';
import { startSender } from '#test/support/clients/sender.ts';
import { testService } from '#test/support/servers/service.ts';

const PARTS = ['broker', 'ingest'] as const;

/** A copy with what stands in the write-ahead log. */
const keepAs = (path: string, copy: string): void => {
  const database = new DatabaseSync(path);
  database.prepare('VACUUM INTO ?').run(copy);
  database.close();
};

const putBack = (path: string, copy: string | undefined): void => {
  for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
  if (copy !== undefined) copyFileSync(copy, path);
};

test('an older copy of the operations database, or none, is refused beside what was done since', async () => {
  const service = await testService({ parts: PARTS });
  await service.ready();
  await service.addStation('PBG-A01', 'air');
  const devices = new Map([['load-1', await service.addDevice('load-1', 'PBG-A01')]]);
  await service.stop();
  const operations = join(service.data, 'operations.db');
  keepAs(operations, `${operations}.old`);
  for (const part of PARTS) service.start(part);
  await service.ready();
  const sender = startSender({ port: service.ports.mqtt, devices, seed: 5 });
  await eventually(() => expect(sender.acknowledged()).toBeGreaterThan(50));
  await sender.drain();
  await untilProcessed(service);
  sender.stop();
  await service.stop();
  keepAs(operations, `${operations}.new`);

  putBack(operations, `${operations}.old`);
  const older = await service.cli('ingest');
  expect(older.status).toBe(1);
  expect(older.err).toContain('OPERATIONS_OLDER');
  putBack(operations, undefined);
  expect((await service.cli('ingest')).err).toContain('OPERATIONS_OLDER');

  putBack(operations, `${operations}.new`);
  for (const part of PARTS) service.start(part);
  await service.ready();
  expect((await untilProcessed(service)).balanced).toBe(true);
  expect((await service.cli('ledger', '--verify')).status).toBe(0);
});
