import { withClosing } from '#bench/closing.ts';
import { type CostSeries, costFigures, growthNote } from '#bench/growth/cost.ts';
import { GrowthLoad, timeOfQuery } from '#bench/growth/measures.ts';
import { forgetOldestDay, MADE_SPAN, makeRows, rowsWithRoom, sizeOfTable } from '#bench/growth/table.ts';
import type { RowResult } from '#bench/report/figure.ts';
import { anonymousMegabytes } from '#bench/report/usage.ts';
import type { Bench, Row } from '#bench/row.ts';
import { type Account, type Service, startService } from '#bench/service/service.ts';
import { days } from '#model/base/duration.ts';
import { formatInstant, type Instant } from '#model/base/instant.ts';

const DEVICES = [10, 100, 1_000, 10_000];
/** Devices of one station. */
const PER_STATION = 10;
/** Pending publishes of all clients together, as in the other rows. */
const IN_FLIGHT = 2_000;
const MESSAGES = 100_000;
/** Messages per second: one for each device in turn, and so far apart that each is a batch of its own. */
const RATE = 1_000;
const LONE_RATE = 20;
const SECONDS = 8;

const ROWS = 100_000_000;
const MOST_ROWS = 500_000_000;
const FIRST_ROWS = 1_000_000;
const TABLE_DEVICES = 100;
const LATE_MESSAGES = 20_000;
/** Devices that send late messages, however many are registered. */
const LATE_DEVICES = 10;

type Costs = Readonly<Record<string, number>>;

/** The costs at one number of devices. */
interface AtDevices {
  readonly devices: number;
  readonly costs: Costs;
}

const memoryOf = (service: Service): number =>
  anonymousMegabytes(service.broker.pid) + anonymousMegabytes(service.ingest?.pid ?? 0);

const lastHourOf = (station: string, now: Instant): string =>
  `/v1/stations/${station}/readings?from=${formatInstant(now - 3_600_000)}&limit=1000`;

/** Processor time of both processes, and memory, with so many devices connected. */
const costsOfLoad = (service: Service, accounts: readonly Account[], bench: Bench): Promise<Costs> =>
  withClosing(async (closing) => {
    const window = Math.max(1, Math.round(IN_FLIGHT / accounts.length));
    const load = closing.use(await GrowthLoad.start(service, { accounts, window, from: bench.clock.now() }, bench));
    const span = bench.seconds ?? SECONDS;
    const fast = await load.fast(MESSAGES);
    const memory = memoryOf(service);
    const idle = await load.idle(span);
    const lone = await load.paced(LONE_RATE, span);
    const paced = await load.paced(RATE, span);
    return {
      'broker, processor': paced.broker,
      'ingest, processor': paced.ingest,
      'ingest, processor at full load': fast.ingest,
      'batch of one message, ingest': lone.ingest - (idle.ingest * 1_000) / LONE_RATE,
      'idle, broker': idle.broker,
      'idle, ingest': idle.ingest,
      memory,
    };
  });

/** Processor time of ingest for messages that are older than the newest ones of their devices. */
const costOfLate = (service: Service, accounts: readonly Account[], from: Instant, bench: Bench): Promise<number> =>
  withClosing(async (closing) => {
    const clients = { accounts: accounts.slice(0, LATE_DEVICES), window: IN_FLIGHT / LATE_DEVICES, from };
    const load = closing.use(await GrowthLoad.start(service, clients, bench));
    return (await load.fast(LATE_MESSAGES)).ingest;
  });

const measureDevices = (devices: number, bench: Bench): Promise<AtDevices> =>
  withClosing(async (closing) => {
    const service = closing.use(await startService({ on: bench.on, store: {}, profile: bench.profile }));
    await service.startIngest();
    const accounts = await service.register(devices, Math.ceil(devices / PER_STATION));
    const { clock } = bench;
    const load = await costsOfLoad(service, accounts, bench);
    const late = await costOfLate(service, accounts, clock.now() - days(1).ms, bench);
    const station = service.stationOf(0);
    const costs = {
      ...load,
      'ingest, processor of a late message': late,
      'readings of a station': await timeOfQuery(service, lastHourOf(station, clock.now()), bench),
      'state of a station': await timeOfQuery(service, `/v1/stations/${station}`, bench),
      'page of the fleet': await timeOfQuery(service, '/v1/fleet?limit=100', bench),
      'newest values of all': await timeOfQuery(service, '/v1/latest', bench),
      'ledger of a day': await timeOfQuery(service, '/v1/ledger', bench),
    };
    bench.say(`${devices.toLocaleString('en')} devices: ${JSON.stringify(costs)}`);
    return { devices, costs };
  });

/** Unit and noise of each cost. */
const KINDS: Readonly<Record<string, Pick<CostSeries, 'unit' | 'noise'>>> = {
  'broker, processor': { unit: 'µs/msg', noise: 2 },
  'ingest, processor': { unit: 'µs/msg', noise: 4 },
  'ingest, processor of a late message': { unit: 'µs/msg', noise: 10 },
  'ingest, processor at full load': { unit: 'µs/msg', noise: 4 },
  'batch of one message, ingest': { unit: 'µs', noise: 500 },
  'idle, broker': { unit: 'ms/s', noise: 10 },
  'idle, ingest': { unit: 'ms/s', noise: 10 },
  memory: { unit: 'MB', noise: 50 },
  'memory after the queries': { unit: 'MB', noise: 50 },
  'bytes of a row on disk': { unit: 'bytes', noise: 5 },
  'removal of a million old rows': { unit: 'ms', noise: 200 },
};
const QUERY = { unit: 'ms', noise: 5 };

const seriesOf = (
  of: string,
  measured: readonly { readonly size: number; readonly costs: Costs }[],
): readonly CostSeries[] =>
  Object.keys(measured[0]?.costs ?? {}).map((name) => ({
    name,
    of,
    ...(KINDS[name] ?? QUERY),
    points: measured.map(({ size, costs }) => ({ size, cost: costs[name] ?? Number.NaN })),
  }));

/** Sizes of the table: none, a million, and tenfold up to the asked number. */
const tableSizes = (rows: number): readonly number[] => {
  const sizes = [0];
  for (let size = FIRST_ROWS; size < rows; size *= 10) sizes.push(size);
  return [...sizes, rows];
};

interface AtRows {
  readonly rows: number;
  readonly costs: Costs;
}

interface TableState {
  readonly rows: number;
  readonly accounts: readonly Account[];
  /** Number of this size, from 0. */
  readonly round: number;
}

/** The cost of messages as fast as they are taken; then the load ends. */
const fastAlone = async (load: GrowthLoad) => {
  try {
    return await load.fast(MESSAGES);
  } finally {
    await load.stop();
  }
};

/** Costs at one size of the table. */
const measureTable = async (service: Service, { rows, accounts, round }: TableState, bench: Bench): Promise<AtRows> => {
  const { clock } = bench;
  const now = clock.now();
  await service.startIngest();
  const load = await GrowthLoad.start(service, { accounts, window: IN_FLIGHT / TABLE_DEVICES, from: now }, bench);
  const fast = await fastAlone(load);
  // an hour of its own for each size, in the middle of the made rows
  const past = now - MADE_SPAN.ms / 2 + round * 3_600_000;
  const late = await costOfLate(service, accounts, past, bench);
  const memory = memoryOf(service);
  const station = service.stationOf(0);
  const oldDay = `/v1/stations/${station}/readings?from=${formatInstant(past - days(1).ms)}&to=${formatInstant(past)}`;
  const queries = {
    'readings of the last hour': await timeOfQuery(service, lastHourOf(station, now), bench),
    'page of an old day': await timeOfQuery(service, `${oldDay}&limit=100`, bench),
    'hourly means of an old day': await timeOfQuery(service, `${oldDay}&property=pm2_5&fn=mean&interval=1h`, bench),
  };
  const after = memoryOf(service);
  await service.stopIngest();
  const removed = await forgetOldestDay(service.folder, () => clock.monotonic());
  const size = await sizeOfTable(service.folder);
  const costs = {
    'ingest, processor at full load': fast.ingest,
    'ingest, processor of a late message': late,
    memory,
    'memory after the queries': after,
    ...queries,
    'removal of a million old rows': (removed.ms * 1e6) / Math.max(1, removed.rows),
    'bytes of a row on disk': size.bytes / size.rows,
  };
  bench.say(`${rows.toLocaleString('en')} rows: ${JSON.stringify(costs)}`);
  return { rows, costs };
};

const measureRows = (rows: number, bench: Bench): Promise<readonly AtRows[]> =>
  withClosing(async (closing) => {
    const service = closing.use(await startService({ on: bench.on, store: {}, profile: bench.profile }));
    await service.startIngest();
    const accounts = await service.register(TABLE_DEVICES, TABLE_DEVICES / PER_STATION);
    const measured: AtRows[] = [];
    for (const [round, size] of tableSizes(rows).entries()) {
      await service.stopIngest();
      if (size > 0) {
        const until = bench.clock.now() - days(1).ms;
        await makeRows(service.folder, { rows: size, until, say: bench.say });
      }
      measured.push(await measureTable(service, { rows: size, accounts, round }, bench));
    }
    return measured;
  });

const measure = async (bench: Bench): Promise<RowResult> => {
  const asked = Math.min(MOST_ROWS, bench.rows ?? ROWS);
  const room = rowsWithRoom(bench.on);
  const rows = Math.min(asked, room);
  if (rows < FIRST_ROWS)
    throw new Error(`the disk of ${bench.on} has no room for ${FIRST_ROWS.toLocaleString('en')} rows`);
  const byDevices: AtDevices[] = [];
  for (const devices of DEVICES) byDevices.push(await measureDevices(devices, bench));
  const byRows = await measureRows(rows, bench);
  const series = [
    ...seriesOf(
      'devices',
      byDevices.map(({ devices, costs }) => ({ size: devices, costs })),
    ),
    ...seriesOf(
      'rows',
      byRows.map((at) => ({ size: at.rows, costs: at.costs })),
    ),
  ];
  return {
    row: 'growth',
    setting: `cost by the number of devices (full load: ${MESSAGES.toLocaleString('en')} messages as fast as acknowledged; else ${RATE.toLocaleString('en')} messages/s, ${LONE_RATE} messages/s, and none), and by the number of rows in DuckDB (${TABLE_DEVICES} devices; the rows are made by SQL, over a year, and removed afterwards)`,
    figures: series.flatMap(costFigures),
    notes: [
      growthNote(series),
      ...(rows < asked
        ? [`the disk has room for ${rows.toLocaleString('en')} rows only, not for ${asked.toLocaleString('en')}`]
        : []),
    ],
  };
};

export const growth: Row = {
  name: 'growth',
  title: 'cost of a message, a batch and a query from 10 to 10,000 devices and from 0 to 100 million rows',
  isLong: true,
  measure,
};
