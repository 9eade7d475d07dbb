import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { z } from 'zod';
import { days } from '#model/base/duration.ts';
import { formatInstant, parseInstant } from '#model/base/instant.ts';
import { systemClock } from '#model/base/clock.ts';
import { eventually } from '#test/support/eventually.ts';
import type { Sent } from '#test/support/clients/sender.ts';
import type { Service } from '#test/support/servers/service.ts';

/** A row of a store, wherever it was read. */
export interface Row {
  readonly device: string;
  readonly property: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly value: number;
}

/** Differences between a store and the acknowledged messages; all lists are empty when there are none. */
export interface Difference {
  readonly missing: readonly string[];
  readonly twice: readonly string[];
  readonly wrong: readonly string[];
  readonly neverSent: readonly string[];
}

export const NO_DIFFERENCE: Difference = { missing: [], twice: [], wrong: [], neverSent: [] };

const keyOf = ({ device, property, time }: Omit<Row, 'value'>): string =>
  `${device} ${property} ${formatInstant(time)}`;

/** Expected content of the store: of each acknowledged reading, the value that was sent last. */
const expectedOf = (sent: readonly Sent[]): ReadonlyMap<string, number> => {
  const expected = new Map<string, number>();
  for (const { message, isAcknowledged } of sent) {
    if (!isAcknowledged) continue;
    for (const reading of message.readings) {
      expected.set(keyOf({ device: message.device, ...reading }), reading.value);
    }
  }
  return expected;
};

/** Compares rows with what their sender saw acknowledged. Everything that was sent must have been acknowledged by now. */
export const compare = (sent: readonly Sent[], rows: readonly Row[]): Difference => {
  const expected = expectedOf(sent);
  const found = new Set<string>();
  const difference = {
    missing: [] as string[],
    twice: [] as string[],
    wrong: [] as string[],
    neverSent: [] as string[],
  };
  for (const row of rows) {
    const key = keyOf(row);
    const value = expected.get(key);
    if (found.has(key)) difference.twice.push(key);
    else if (value === undefined) difference.neverSent.push(key);
    else if (value !== row.value) difference.wrong.push(`${key} is ${row.value}, not ${value}`);
    found.add(key);
  }
  for (const key of expected.keys()) if (!found.has(key)) difference.missing.push(key);
  return difference;
};

const UNTIL = (): string => formatInstant(systemClock.now() + days(1).ms);
const FROM = (): string => formatInstant(systemClock.now() - days(3).ms);

/** Every row of a station, as the API gives it as CSV. */
export const rowsOfApi = async (service: Service, station: string): Promise<readonly Row[]> => {
  const query = new URLSearchParams({ from: FROM(), to: UNTIL(), flags: '1,2,3,4' });
  const answer = await service.get(`/v1/stations/${station}/readings?${query}`, { accept: 'text/csv' });
  if (!answer.ok) throw new Error(`readings of ${station}: ${answer.status} ${await answer.text()}`);
  const lines = (await answer.text()).trimEnd().split('\n').slice(1);
  return lines.map((line) => {
    const [time = '', device = '', property = '', value = ''] = line.split(',');
    return { device, property, time: parseInstant(time) ?? Number.NaN, value: Number(value) };
  });
};

const DuckRow = z.object({ device: z.string(), property: z.string(), time: z.coerce.number(), value: z.number() });

/** Every row of the DuckDB file of a data folder. Nothing else may have it open. */
export const rowsOfDuckDb = async (data: string): Promise<readonly Row[]> => {
  const instance = await DuckDBInstance.create(join(data, 'readings.duckdb'), { access_mode: 'READ_ONLY' });
  try {
    const connection = await instance.connect();
    const read = await connection.runAndReadAll(
      'SELECT device, property, epoch_ms(observed_at) AS time, value FROM reading',
    );
    return z.array(DuckRow).parse(read.getRowObjectsJson());
  } finally {
    instance.closeSync();
  }
};

const InfluxAnswer = z.object({
  results: z.tuple([
    z.object({
      series: z
        .array(
          z.object({
            tags: z.object({ device: z.string() }),
            columns: z.array(z.string()),
            values: z.array(z.array(z.union([z.number(), z.null()]))),
          }),
        )
        .prefault([]),
    }),
  ]),
});

/** Every row of a measurement, asked of InfluxDB itself by InfluxQL. */
export const rowsOfInflux = async (
  url: string,
  database: string,
  measurement: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<readonly Row[]> => {
  const q = `SELECT pm2_5, pm10 FROM ${measurement} GROUP BY device`;
  const answer = await fetch(`${url}/query?${new URLSearchParams({ db: database, epoch: 'ms', q })}`, { headers });
  const [{ series }] = InfluxAnswer.parse(await answer.json()).results;
  return series.flatMap(({ tags: { device }, columns, values }) =>
    values.flatMap(([time, ...fields]) =>
      fields.flatMap((value, index) =>
        value === null ? [] : [{ device, property: columns[index + 1] ?? '', time: time ?? Number.NaN, value }],
      ),
    ),
  );
};

const QuarantinePage = z.object({
  packets: z.array(z.object({ id: z.number(), device: z.string(), parts: z.array(z.object({ place: z.string() })) })),
});

/** The places of everything in quarantine, one text a packet. */
const quarantinedPlaces = async (service: Service, devices: string): Promise<readonly string[]> => {
  const places: string[] = [];
  for (let path: string | undefined = '/v1/quarantine?limit=500'; path !== undefined; ) {
    const answer: Response = await service.get(path);
    const { packets } = QuarantinePage.parse(await answer.json());
    const theirs = packets.filter(({ device }) => device.startsWith(devices));
    places.push(...theirs.map(({ parts }) => parts.map(({ place }) => place).join(' ')));
    path = /<([^>]+)>/.exec(answer.headers.get('link') ?? '')?.[1];
  }
  return places;
};

/** Acknowledged parts that must be refused and are not in quarantine; and parts there that were never sent. */
export const compareQuarantine = async (
  service: Service,
  sent: readonly Sent[],
  /** Prefix of the names of the senders. */
  devices = 'load-',
): Promise<readonly string[]> => {
  const expected = new Set(
    sent.flatMap(({ message, isAcknowledged }) => (isAcknowledged ? (message.refused ?? []) : [])),
  );
  const found = new Set((await quarantinedPlaces(service, devices)).map((place) => place.split('/').at(-1) ?? ''));
  return [
    ...[...expected].filter((refused) => !found.has(refused)).map((refused) => `${refused} is missing`),
    ...[...found].filter((place) => !expected.has(place)).map((place) => `${place} was never sent`),
  ];
};

export const LedgerAnswer = z.object({
  balanced: z.boolean(),
  explanation: z.string(),
  totals: z.object({
    received: z.number(),
    processed: z.number(),
    quarantined: z.number(),
    waiting: z.number(),
    decoded: z.number(),
    stored: z.number(),
    duplicates: z.number(),
    refused: z.number(),
    revised: z.number(),
  }),
});

/** Waits until everything in the journal is through the pipeline. */
export const untilProcessed = async (service: Service): Promise<z.infer<typeof LedgerAnswer>> =>
  eventually(async () => {
    const answer = await service.get('/v1/ledger');
    if (!answer.ok) throw new Error(`/v1/ledger answers ${answer.status}: ${await answer.text()}`);
    const ledger = LedgerAnswer.parse(await answer.json());
    if (ledger.totals.waiting > 0) throw new Error(`${ledger.totals.waiting} messages wait in the journal`);
    return ledger;
  });
