import { DatabaseSync } from 'node:sqlite';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { openSqliteOperations } from '#storage/operations/sqlite/sqlite.ts';
import { verifyAudit } from '#storage/operations/sqlite/verify-audit.ts';
import type { Operations } from '#storage/operations/operations.ts';
import type { Station } from '#model/registry/station.ts';
import { ANY_ENTRY } from '#test/support/builders/audit-query.ts';
import { aDevice } from '#test/support/servers/api.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

const entry = (action: string) => ({
  at: 1_795_489_200_000,
  actor: 'person:7',
  action,
  subject: 'station:ST1',
  detail: {},
});

const station: Station = { id: 'ST1', family: 'air', name: 'Bukateja', lat: -7.4, lon: 109.4, attributes: {} };

const addStation = (operations: Operations, action: string): Promise<unknown> =>
  operations.audited(entry(action), async () => {
    operations.noteAudit({ b: 2, a: { d: 1, c: null } });
    await operations.changeRegistry([{ kind: 'put-station', station }]);
    await operations.changeRegistry([{ kind: 'put-station', station: { ...station, name: action } }]);
  });

/** Five entries, and how a test changes the file behind the back of the service. */
const trail = async () => {
  const path = `${tempFolder()}/operations.db`;
  const operations = openSqliteOperations(path);
  for (const action of ['one', 'two', 'three', 'four', 'five']) await addStation(operations, action);
  const head = operations.auditHead();
  await operations.stop();
  return {
    path,
    head,
    tamper: (sql: string): void => {
      const database = new DatabaseSync(path);
      database.exec(`DROP TRIGGER audit_insert; DROP TRIGGER audit_update; DROP TRIGGER audit_delete; ${sql}`);
      database.close();
    },
  };
};

describe('the trail of changes', () => {
  test('gets one entry with the first transaction of a call, and none where it fails or changes nothing', async () => {
    const path = `${tempFolder()}/operations.db`;
    const operations = openSqliteOperations(path);
    await addStation(operations, 'addStation');
    expect(operations.auditEntries(ANY_ENTRY)).toMatchObject([
      { number: 1, action: 'addStation', actor: 'person:7', detail: { a: { c: null, d: 1 }, b: 2 } },
    ]);
    const failing = operations.audited(entry('fails'), () =>
      operations.changeRegistry([
        { kind: 'put-device', device: aDevice({ assignments: [{ station: 'nowhere', from: 0 }] }) },
      ]),
    );
    await expect(failing).rejects.toThrow('nowhere');
    await operations.audited(entry('nothing'), () => Promise.resolve());
    expect(operations.auditHead()?.number).toBe(1);
    await operations.audited(entry('backup'), () => Promise.resolve(), true);
    expect(operations.auditHead()?.number).toBe(2);
    await operations.stop();
  });

  test('keeps calls apart that run at the same time', async () => {
    const operations = openSqliteOperations(`${tempFolder()}/operations.db`);
    await Promise.all(['a', 'b', 'c'].map((action) => addStation(operations, action)));
    expect(
      operations
        .auditEntries(ANY_ENTRY)
        .map(({ action }) => action)
        .toSorted(),
    ).toEqual(['a', 'b', 'c']);
    await operations.stop();
  });

  test('refuses to change, to remove and to insert an entry', async () => {
    const { path } = await trail();
    const database = new DatabaseSync(path);
    for (const sql of [
      "UPDATE audit SET actor = 'person:8' WHERE number = 3",
      'DELETE FROM audit WHERE number = 5',
      "INSERT INTO audit VALUES (9, 0, 'a', 'b', 'c', '{}', x'00')",
      "INSERT OR REPLACE INTO audit VALUES (3, 0, 'a', 'b', 'c', '{}', x'00')",
    ]) {
      expect(() => database.exec(sql), sql).toThrow(/audit trail/);
    }
    database.close();
    expect(verifyAudit(path).fault).toBeUndefined();
  });

  test('is whole after an erasure and a restart', async () => {
    const { path, head } = await trail();
    expect(verifyAudit(path)).toEqual({ entries: 5, head, fault: undefined });
  });

  test.for([
    ['the actor', "UPDATE audit SET actor = 'person:8' WHERE number = 3", 3, 'changed'],
    ['the time', 'UPDATE audit SET at = at + 1 WHERE number = 1', 1, 'changed'],
    [
      'a byte of the detail',
      `UPDATE audit SET detail = replace(detail, '"b":2', '"b":3') WHERE number = 4`,
      4,
      'changed',
    ],
    [
      'a blank in the detail',
      `UPDATE audit SET detail = replace(detail, '"b":2', '"b": 2') WHERE number = 4`,
      4,
      'changed',
    ],
    ['the detail to what is not JSON', "UPDATE audit SET detail = '{' WHERE number = 2", 2, 'changed'],
    ['a byte of the hash', 'UPDATE audit SET hash = zeroblob(32) WHERE number = 2', 2, 'changed'],
    ['by removal of an entry', 'DELETE FROM audit WHERE number = 2', 2, 'missing'],
    [
      'by exchange of two entries',
      'UPDATE audit SET number = 9 WHERE number = 2; UPDATE audit SET number = 2 WHERE number = 3; UPDATE audit SET number = 3 WHERE number = 9',
      2,
      'changed',
    ],
  ] as const)('that was changed in %s is found, and the place is said', async ([, sql, number, kind]) => {
    const { path, tamper } = await trail();
    tamper(sql);
    expect(verifyAudit(path).fault).toMatchObject({ number, kind });
  });

  test('that was changed in one byte of its file is found', async () => {
    const { path } = await trail();
    const file = readFileSync(path);
    const at = file.lastIndexOf('station:ST1three') < 0 ? file.indexOf('three') : 0;
    file.write('T', at);
    writeFileSync(path, file);
    expect(verifyAudit(path).fault).toMatchObject({ number: 3, kind: 'changed', entry: { actor: 'person:7' } });
  });

  test('that lost its end, or was made anew as a whole, does not hold a head that was noted before', async () => {
    const { path, head, tamper } = await trail();
    if (head === undefined) throw new Error('no head');
    expect(verifyAudit(path, head).fault).toBeUndefined();
    tamper('DELETE FROM audit WHERE number = 5');
    expect(verifyAudit(path).fault).toBeUndefined();
    expect(verifyAudit(path, head).fault).toMatchObject({ number: 5, kind: 'missing' });
    const other = await trail();
    expect(verifyAudit(other.path, { number: 5, hash: new Uint8Array(32) }).fault).toMatchObject({
      number: 5,
      kind: 'changed',
    });
  });
});
