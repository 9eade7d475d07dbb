import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { systemClock } from '#model/base/clock.ts';
import { parseDuration } from '#model/base/duration.ts';
import { alertPoint, devicePoints, statePoint, stationPoint } from '#runtime/board-series-points.ts';
import type { Store } from '#storage/readings/store.ts';
import { startStore, StoreSettings } from '#storage/readings/index.ts';
import { type Asked, ORACLES, type Row } from '#test/support/oracles/board-oracle.ts';
import {
  ALERTS,
  FACTS_AT,
  FIGURES,
  OUTAGE,
  RANGE,
  READINGS,
  STATES,
  STATION_STATES,
  WINDOW_MS,
} from '#test/support/builders/board-data.ts';
import { type GeneratedBoard, generatedBoards, type Panel } from '#test/support/builders/boards.ts';
import { environmentOf, serviceNamed } from '#test/support/builders/compose.ts';
import { askAsGrafana, provisionedSource, type Source } from '#test/support/clients/grafana.ts';
import { startInflux2 } from '#test/support/servers/influx2/server.ts';
import { INFLUX_KINDS } from '#test/support/servers/influx2/kinds.ts';
import { type InfluxServer, startInfluxd } from '#test/support/servers/influxd.ts';
import { aBatch, never } from '#test/support/builders/readings.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';

/** Of Klawing and of Grafana. A colon ends the user name in Basic auth, and no more. */
const WRITER_PASSWORD = 'writer:24/characters+';
const READER_PASSWORD = 'reader:24/characters+';

/** The servers of the boards: 1.6.7 with authentication on, and the 2.x that the run names. */
const SERVERS = INFLUX_KINDS.map((kind) => ({
  ...kind,
  start: (folder: string): Promise<BoardServer> =>
    kind.name === 'influx' ? startVersion1(folder) : startVersion2(folder),
}));

/** An InfluxDB with the accounts of Klawing and of Grafana. */
interface BoardServer {
  readonly server: InfluxServer;
  /** Klawing's members of `store:`. */
  readonly settings: Readonly<Record<string, string>>;
  /** Grafana's data source as it is provisioned, but for the place of the server and of the database. */
  readonly source: Source;
}

const provisioned = (): Source =>
  provisionedSource(environmentOf(serviceNamed('grafana'), { GRAFANA_INFLUX_PASSWORD: READER_PASSWORD }));

const sourceAt = (url: string, dbName: string): Source => {
  const source = provisioned();
  return { ...source, url, jsonData: { ...source.jsonData, dbName } };
};

/** Accounts as docs/operating.md has them: Klawing writes, Grafana reads one database. */
const startVersion1 = async (folder: string): Promise<BoardServer> => {
  const server = await startInfluxd(folder, true);
  const { basicAuthUser, jsonData } = provisioned();
  const admin = `Basic ${btoa(`klawing:${WRITER_PASSWORD}`)}`;
  for (const q of [
    `CREATE USER klawing WITH PASSWORD '${WRITER_PASSWORD}' WITH ALL PRIVILEGES`,
    `CREATE DATABASE ${jsonData.dbName}`,
    `CREATE USER ${basicAuthUser} WITH PASSWORD '${READER_PASSWORD}'`,
    `GRANT READ ON ${jsonData.dbName} TO ${basicAuthUser}`,
  ]) {
    const body = new URLSearchParams({ q });
    const { status } = await fetch(`${server.url}/query`, { method: 'POST', body, headers: { authorization: admin } });
    expect(status, q).toBe(200);
  }
  const account = { user: 'klawing', password: WRITER_PASSWORD };
  return {
    server,
    settings: { url: server.url, writePath: '/write', ...account },
    source: sourceAt(server.url, jsonData.dbName),
  };
};

/** Accounts as docker/influxdb/accounts.sh makes them; the names are the test's own, for the server may be another's. */
const startVersion2 = async (folder: string): Promise<BoardServer> => {
  const server = await startInflux2(folder);
  const { bucketId, database } = await server.place('boards');
  const user = `klawing-${database}`;
  const reader = `grafana-${database}`;
  await server.admin.makeAccount(bucketId, ['read', 'write'], { user, password: WRITER_PASSWORD });
  await server.admin.makeAccount(bucketId, ['read'], { user: reader, password: READER_PASSWORD });
  return {
    server,
    settings: { url: server.url, bucket: database, writePath: '/write', user, password: WRITER_PASSWORD },
    source: { ...sourceAt(server.url, database), basicAuthUser: reader },
  };
};

const Cell = z.union([z.number(), z.string(), z.null()]);
const Series = z.object({
  tags: z.record(z.string(), z.string()).optional(),
  columns: z.array(z.string()),
  values: z.array(z.array(Cell)),
});
const Answer = z.object({
  results: z.array(z.object({ error: z.string().optional(), series: z.array(Series).optional() })),
});

type Ask = (query: string) => Promise<readonly z.infer<typeof Series>[]>;

const askOf = async (source: Source, query: string): ReturnType<Ask> => {
  const response = await askAsGrafana(source, query);
  expect(response.status, query).toBe(200);
  const { results } = Answer.parse(await response.json());
  const [{ error, series } = {}, ...others] = results;
  expect({ error, others }, query).toEqual({ error: undefined, others: [] });
  return series ?? [];
};

/** Substitution of variables as Grafana does it: `:regex` escapes each value and joins several; "All" is the variable's own text, as it stands. */
const asGrafana = (query: string, panel: Panel, picked: readonly string[] | 'all'): string => {
  const span = parseDuration(panel.timeFrom ?? '');
  const from = span === undefined ? RANGE.from : RANGE.to - span.ms;
  const escaped = picked === 'all' ? ['.*'] : picked.map((text) => text.replace(/[\\^$*+?.()|[\]{}/]/g, '\\$&'));
  return query
    .replaceAll('${station:regex}', escaped.length === 1 ? (escaped[0] ?? '') : `(${escaped.join('|')})`)
    .replaceAll('$timeFilter', `time >= ${from}ms and time <= ${RANGE.to}ms`)
    .replaceAll('$__interval', `${WINDOW_MS / 60_000}m`);
};

const rounded = (cell: number | string | null): number | string | null =>
  typeof cell === 'number' ? Number(cell.toPrecision(12)) : cell;

/** Rows in an order that does not depend on who made them; windows without any value are what Grafana draws nothing for. */
const sorted = (rows: readonly Row[]): readonly Row[] =>
  rows
    .filter(({ cells }) => cells.some((cell) => cell !== null))
    .map((row) => ({ ...row, cells: row.cells.map(rounded) }))
    .toSorted((a, b) => (JSON.stringify([a.tags, a.time]) < JSON.stringify([b.tags, b.time]) ? -1 : 1));

const rowsOf = (series: readonly z.infer<typeof Series>[], isTimed: boolean): readonly Row[] =>
  series.flatMap(({ tags = {}, values }) =>
    values.map(([time, ...cells]) => ({ tags, cells, ...(isTimed && typeof time === 'number' ? { time } : {}) })),
  );

const boards = generatedBoards();
const english = (board: GeneratedBoard): GeneratedBoard =>
  boards.find(({ name, language }) => name === board.name && language === 'en') ?? board;

/** Names that a panel's columns have in Grafana: tags and columns of the answer, as renamed; or those of its series. */
const namesOf = (panel: Panel, answers: readonly (readonly z.infer<typeof Series>[])[]): ReadonlySet<string> => {
  const own = answers.flat().flatMap(({ tags = {}, columns }) => [...Object.keys(tags), ...columns]);
  const aliases = panel.targets.flatMap(({ alias }) => alias ?? []);
  const renamed = [...JSON.stringify(panel['transformations'] ?? []).matchAll(/"(?:station|device|Time)":"([^"]+)"/g)];
  return new Set([...own, ...aliases, ...renamed.flatMap(([, name]) => name ?? [])]);
};

const isLineChart = ({ type, fieldConfig }: Panel): boolean =>
  type === 'timeseries' && fieldConfig.defaults.custom?.drawStyle === 'line';

interface Gap {
  readonly from: number;
  readonly to: number;
}

/** Where Grafana leaves the line of a column open: at nulls between two values that do not lie closer than `spanNulls`. */
const gapsOf = (rows: z.infer<typeof Series>['values'], column: number, panel: Panel): readonly Gap[] => {
  const longestJoined = panel.fieldConfig.defaults.custom?.spanNulls;
  const gaps: Gap[] = [];
  let from: number | undefined;
  let hasNull = false;
  for (const row of rows) {
    const [time, value] = [Number(row[0]), row[column]];
    if (value === null) hasNull = true;
    if (typeof value !== 'number') continue;
    if (hasNull && from !== undefined && time - from >= Number(longestJoined)) gaps.push({ from, to: time });
    [from, hasNull] = [time, false];
  }
  return gaps;
};

/** Writes what the boards show. */
const fill = async (store: Store): Promise<void> => {
  expect(await store.write(aBatch(READINGS), never)).toEqual({ rejected: [] });
  await store.boardSeries?.write(
    [
      ...FACTS_AT.flatMap((at) => STATES.flatMap((state) => [stationPoint(state, at), ...devicePoints(state, at)])),
      ...FACTS_AT.flatMap((at) => STATION_STATES.map((state) => statePoint(state, at))),
      ...ALERTS.map(alertPoint),
      ...FIGURES.map(({ at, fields }) => ({ measurement: 'klawing_pipeline', tags: {}, fields, at })),
    ],
    never,
  );
};

/** Every query that Grafana makes, with its variables filled in. */
const QUERIES = boards.flatMap(({ panels, variables }) => [
  ...panels.flatMap((panel) => panel.targets.map(({ query }) => asGrafana(query, panel, 'all'))),
  ...variables.map(({ query }) => query),
]);

describe.for(SERVERS)('the boards on $title', ({ missing, options, start }) => {
  const folder = mkdtempSync(join(tmpdir(), 'klawing-'));
  let running: BoardServer | undefined;
  let store: Store | undefined;

  const source = (): Source => {
    if (running === undefined) throw new Error('the server was not started');
    return running.source;
  };
  const ask: Ask = (query) => askOf(source(), query);

  beforeAll(async () => {
    if (missing !== undefined) return;
    running = await start(folder);
    const settings = StoreSettings.parse({ kind: 'influx', ...running.settings });
    store = await startStore(settings, { clock: systemClock, log: silentLog(), folder: '' });
    await fill(store);
  });

  afterAll(async () => {
    await store?.stop();
    await running?.server.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  describe.skipIf(missing !== undefined).for(boards)('$file', options, (board) => {
    const language = board.language === 'id' ? 'id' : 'en';
    const places = STATES.filter(({ family }) => family === board.name).map(({ id }) => id);
    const picks = places.length === 0 ? (['all'] as const) : (['all', places, places.slice(0, 1)] as const);

    test.for(board.panels)('$title gets the rows that it must', async (panel) => {
      const title = english(board).panels.find(({ id }) => id === panel.id)?.title;
      for (const picked of picks) {
        const asked: Asked = { language, isPicked: (station) => picked === 'all' || picked.includes(station) };
        for (const { refId, query } of panel.targets) {
          const expected = ORACLES.get(`${board.name}/${title} ${refId}`)?.(asked) ?? [];
          const isTimed = expected.some(({ time }) => time !== undefined);
          const rows = rowsOf(await ask(asGrafana(query, panel, picked)), isTimed);
          expect(expected.length, `${title} ${refId}`).toBeGreaterThan(0);
          expect(sorted(rows), `${title} ${refId}: ${asGrafana(query, panel, picked)}`).toEqual(sorted(expected));
        }
      }
    });

    test.for(board.panels)('$title sets what its columns look like by names that they have', async (panel) => {
      const answers = await Promise.all(panel.targets.map(({ query }) => ask(asGrafana(query, panel, 'all'))));
      const names = namesOf(panel, answers);
      for (const { matcher } of panel.fieldConfig.overrides) expect([...names]).toContain(matcher.options);
      const fields = [...JSON.stringify(panel.options).matchAll(/"(?:field|latitude|longitude)":"([^"]+)"/g)];
      for (const [, field] of fields) expect([...names]).toContain(field);
    });

    test.for(board.panels.filter(isLineChart))('$title leaves the outage open, and nothing else', async (panel) => {
      // levels of a station are facts of the registry
      for (const { query } of panel.targets.filter((target) => !target.query.includes('FROM "station"'))) {
        for (const { tags = {}, columns, values } of await ask(asGrafana(query, panel, 'all'))) {
          const wasAway = board.name === 'pipeline' || Object.values(tags).some((tag) => /-12(?:-|$)/.test(tag));
          for (const [index, name] of columns.slice(1).entries()) {
            const column = index + 1;
            const told = `${name} of ${JSON.stringify(tags)}: ${query}`;
            const gaps = gapsOf(values, column, panel);
            expect(gaps.length, told).toBe(wasAway ? 1 : 0);
            // oxlint-disable-next-line max-depth -- series, column and gap are one table
            for (const { from, to } of gaps) {
              // windows are named by their start, and the report beside the outage may have failed its checks
              expect(Math.abs(from - OUTAGE.from), told).toBeLessThan(2 * WINDOW_MS);
              expect(Math.abs(to - OUTAGE.to), told).toBeLessThan(2 * WINDOW_MS);
            }
          }
        }
      }
    });

    test('its variables offer what is there', async () => {
      for (const { query } of board.variables) {
        const offered = (await ask(query)).flatMap(({ values }) => values.map(([, value]) => value));
        expect(new Set(offered)).toEqual(new Set(places));
        expect(offered.length).toBe(places.length);
      }
    });
  });

  describe.skipIf(missing !== undefined)('its authentication', options, () => {
    test.for(['GET', 'POST'] as const)('answers every query of every board by %s', async (httpMode) => {
      for (const query of QUERIES) expect((await askAsGrafana(source(), query, { httpMode })).status, query).toBe(200);
    });

    test.for(['GET', 'POST'] as const)('answers 401 to whoever does not sign in so, by %s', async (httpMode) => {
      const { basicAuthUser } = source();
      const refused = async (query: string, authorization: string | undefined): Promise<void> => {
        const { status } = await askAsGrafana(source(), query, { httpMode, authorization });
        expect(status, `${authorization}: ${query}`).toBe(401);
      };
      for (const query of QUERIES) {
        await refused(query, undefined);
        await refused(query, `Token ${basicAuthUser}:${READER_PASSWORD}`);
      }
      // the server takes its time over each wrong password
      for (const query of QUERIES.slice(0, 5)) await refused(query, `Basic ${btoa(`${basicAuthUser}:wrong`)}`);
    });

    test('lets the account of Grafana read and not write', async () => {
      const { url, basicAuthUser, jsonData } = source();
      const headers = { authorization: `Basic ${btoa(`${basicAuthUser}:${READER_PASSWORD}`)}` };
      const written = await fetch(`${url}/write?db=${jsonData.dbName}`, {
        method: 'POST',
        body: 'air pm2_5=1',
        headers,
      });
      expect(written.status).toBe(403);
    });
  });
});
