import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { runProgram } from '#cli/program.ts';
import { EntryList } from '#api/audit/schema.ts';
import { freePort } from '#test/support/servers/free-port.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';
import { WAIT } from '#test/support/limits.ts';

const Added = z.looseObject({ invitation: z.looseObject({ url: z.string() }) });

/** Verbs on the files of a service that does not run. */
const verbs = async () => {
  const env = { KLAWING_DATA: tempFolder(), KLAWING_HTTP_PORT: String(await freePort()) };
  const run = async (...args: readonly string[]) => {
    const lines: string[] = [];
    const status = await runProgram(args, {
      env,
      out: (text) => lines.push(text),
      error: (text) => lines.push(text),
      isTerminal: false,
      ended: AbortSignal.timeout(WAIT.ms),
    });
    return { status, out: lines.join('\n') };
  };
  return { run, data: env.KLAWING_DATA };
};

test('verbs add, change, export and erase people, and each change is in a trail that can be verified', async () => {
  const { run, data } = await verbs();
  const added = await run('user', 'add', 'sari', '--name', 'Sari Wulandari', '--role', 'duty', '--json');
  expect(Added.parse(JSON.parse(added.out)).invitation.url).toMatch(/\/#\/invitation\/\S{20,}$/);
  expect(await run('user', 'role', 'sari', 'analyst')).toEqual({ status: 0, out: 'sari is analyst now' });
  expect((await run('user', 'list')).out).toMatch(/sari +Sari Wulandari +analyst +invited/);
  expect((await run('user', 'export', 'sari')).out).toContain('"name": "Sari Wulandari"');
  const token = await run('token', 'add', 'posko-display', '--role', 'viewer', '--valid', '30d');
  expect(token.out).toMatch(/^klawing_\S{20,}\n/);
  expect((await run('token', 'revoke', 'posko-display')).status).toBe(0);
  expect((await run('user', 'erase', 'sari')).status).toBe(2);
  expect((await run('user', 'erase', 'sari', '--yes')).out).toContain('person 1');
  const listed = EntryList.shape.entries.parse(JSON.parse((await run('audit', 'list', '--json')).out));
  const actions = ['erasePerson', 'revokeToken', 'addToken', 'exportPerson', 'changePerson', 'addPerson'];
  expect(listed.map(({ action }) => action)).toEqual(actions);
  expect(JSON.stringify(listed)).not.toMatch(/sari/i);
  expect(await run('audit', 'verify')).toMatchObject({
    status: 0,
    out: expect.stringMatching(/^6 entries as written/),
  });

  const database = new DatabaseSync(`${data}/operations.db`);
  database.exec("DROP TRIGGER audit_update; UPDATE audit SET actor = 'person:9' WHERE number = 3");
  database.close();
  const verified = await run('audit', 'verify');
  expect(verified.status).toBe(1);
  expect(verified.out).toMatch(/CHANGED: entry 3 .*exportPerson of person:1 by person:9/);
});
