import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { anyAssault, assault, Id, MARK, startWorld, STATIONS } from '#test/support/builders/assault.ts';
import { UNPRINTABLE } from '#test/support/builders/hostile-text.ts';
import { FREE_COLUMNS } from '#test/support/builders/stored-columns.ts';
import { untilProcessed } from '#test/support/oracles/oracle.ts';
import type { Service } from '#test/support/servers/service.ts';

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/** Whether a value of a column holds the mark. */
const isReached = (database: DatabaseSync, column: string): boolean => {
  const [table = '', name = ''] = column.split('.');
  const rows = z
    .array(z.object({ value: z.unknown() }))
    .parse(database.prepare(`SELECT "${name}" AS value FROM "${table}"`).all());
  return rows.some(({ value }) => {
    const text = value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : String(value);
    return text.includes(MARK);
  });
};

const isWellFormed = (value: unknown): boolean => {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([name, member]) => name.isWellFormed() && isWellFormed(member));
};

/** An answer of the API: of status 200, in UTF-8, and without half a surrogate pair. */
const answerOf = async (service: Service, path: string, accept = '*/*'): Promise<string> => {
  const answer = await service.get(path, { accept, authorization: `Bearer ${service.operatorToken()}` });
  const bytes = await answer.arrayBuffer();
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  expect.soft(answer.status, `${path}: ${text.slice(0, 300)}`).toBe(200);
  if (answer.headers.get('content-type')?.startsWith('application/json') === true) {
    expect.soft(isWellFormed(JSON.parse(text)), path).toBe(true);
  }
  return text;
};

/** Every page of a list, one entry each. */
const everyPage = async (service: Service, path: string): Promise<number> => {
  let pages = 0;
  for (let next: string | undefined = path; next !== undefined; pages += 1) {
    const answer = await service.get(next, { authorization: `Bearer ${service.operatorToken()}` });
    expect.soft(answer.status, next).toBe(200);
    await answer.json();
    next = /<([^>]+)>; rel="next"/.exec(answer.headers.get('link') ?? '')?.[1];
  }
  return pages;
};

const Quarantined = z.object({ packets: z.array(Id) });

/** Every list and every page of the API, and its metrics. */
const lookAtAll = async (service: Service, alert: string): Promise<void> => {
  const stations = [...STATIONS, 'T0', 'T1'];
  const paths = [
    ...words(`/v1/stations /v1/state /v1/latest /v1/fleet /v1/devices /v1/devices/air-1 /v1/gateways
      /v1/devices/air-1/commands /v1/devices/air-1/config /v1/alerts /v1/alerts/${alert} /v1/silences /v1/ledger
      /v1/people /v1/people/1/data /v1/tokens /v1/audit
      /v1/ledger/verify /readyz /openapi.json`),
    ...stations.flatMap((id) => [`/v1/stations/${id}`, `/v1/stations/${id}/state`, `/v1/stations/${id}/readings`]),
  ];
  for (const path of paths) await answerOf(service, path);
  for (const id of stations) await answerOf(service, `/v1/stations/${id}/readings`, 'text/csv');
  const { packets } = Quarantined.parse(JSON.parse(await answerOf(service, '/v1/quarantine?limit=1000')));
  expect(packets.length).toBeGreaterThan(20);
  for (const { id } of packets) await answerOf(service, `/v1/quarantine/${id}`);
  for (const list of ['quarantine', 'alerts', 'fleet', 'devices/air-1/commands']) {
    await everyPage(service, `/v1/${list}?limit=1`);
  }
  const figures = await answerOf(service, '/metrics');
  for (const line of figures.split('\n').filter((one) => one !== '')) {
    expect
      .soft(line)
      .toMatch(/^(?:# (?:HELP|TYPE) [a-z_]+ .*|[a-z_]+(?:\{[^\n]*\})? (?:[-+]?[\d.]+(?:e[-+]?\d+)?|Nan|[+-]Inf))$/);
  }
};

/** Verbs that show what is stored: none of them breaks, and none gives a terminal anything raw. */
const runVerbs = async (service: Service, alert: string): Promise<void> => {
  const verbs = [
    ['station', 'list'],
    ['device', 'list'],
    ['device', 'show', 'air-1'],
    ['device', 'history', 'air-1'],
    ['device', 'config', 'air-1'],
    ['gateway', 'list'],
    ['user', 'list'],
    ['token', 'list'],
    ['audit', 'list'],
    ['audit', 'verify'],
    ['alert', 'list', '--all'],
    ['alert', 'show', alert],
    ['alert', 'silences'],
    ['quarantine', 'list', '--limit', '1000'],
    ['quarantine', 'show', '1'],
    ['ledger', '--verify'],
    ['replay', '--device', 'air-1', '--from', '2020-01-01T00:00:00Z', '--dry-run'],
    ['export', 'AIR'],
    ['doctor'],
  ];
  for (const verb of verbs) {
    const { status, out, err } = await service.cli(...verb);
    const called = `${verb.join(' ')}: ${err}`;
    expect.soft(err, called).not.toMatch(/BUG|^\s+at /m);
    expect.soft(out.replaceAll(/[\n\t]/g, ''), called).not.toMatch(UNPRINTABLE);
    if (verb[0] !== 'doctor') expect.soft(status, called).toBe(0);
  }
};

test('no bytes in any stored column break a list, a page, a verb or a metric', async () => {
  const world = await startWorld();
  const { service } = world;
  await fc.assert(
    fc.asyncProperty(anyAssault, async ({ texts, payloads }) => {
      const alert = await assault(world, { texts, payloads });
      await lookAtAll(service, alert);
      await runVerbs(service, alert);
      const { balanced, explanation } = await untilProcessed(service);
      expect(balanced, explanation).toBe(true);
    }),
    { numRuns: 1, endOnFailure: true },
  );
  const database = new DatabaseSync(join(service.data, 'operations.db'), { readOnly: true });
  expect(FREE_COLUMNS.filter((column) => !isReached(database, column))).toEqual([]);
  database.close();
});
