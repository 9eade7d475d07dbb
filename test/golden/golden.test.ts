import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { qualifyBatch } from '#ingest/qualify/qualify.ts';
import { readingEntries } from '#ingest/read-steps.ts';
import { FAMILIES } from '#model/families/index.ts';
import { parseForwarded } from '#model/registry/gateway.ts';
import { deviceBehind } from '#model/registry/registry.ts';
import { formatInstant } from '#model/base/instant.ts';
import { readingsIn } from '#model/readings/columns.ts';
import type { Entry } from '#model/readings/packet.ts';
import { z } from 'zod';
import { REGISTRY } from './registry.ts';

const Row = z.strictObject({
  observed_at: z.string(),
  station: z.string(),
  property: z.string(),
  value: z.number(),
  flag: z.number(),
});
type Row = z.infer<typeof Row>;

/** Every case's packet arrives at 2026-11-24T03:00:30Z. */
const RECEIVED_AT = 1_795_489_230_000;

const here = import.meta.dirname;
const foldersIn = (folder: string): readonly string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));

const cases = foldersIn(here).flatMap((family) => foldersIn(join(here, family)).map((name) => `${family}/${name}`));

const read = (name: string, file: string): string | undefined => {
  const path = join(here, name, file);
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined;
};

/** A network server's packet is journaled in the name of the device that its topic means, or in the gateway's own. */
const senderOf = (topic: string): string => {
  const forwarded = parseForwarded(topic);
  if (forwarded === undefined) return topic.split('/')[1] ?? '';
  const gateway = `ns-${forwarded.kind}`;
  return deviceBehind(REGISTRY, gateway, forwarded.externalId) ?? gateway;
};

const entryOf = (name: string): Entry => {
  const topic = read(name, 'topic.txt') ?? '';
  const hex = read(name, 'packet.hex');
  return {
    sequence: 1,
    kind: 'readings',
    sender: senderOf(topic),
    connection: 1,
    topic,
    payload: hex === undefined ? Buffer.from(read(name, 'packet.json') ?? '') : Buffer.from(hex, 'hex'),
    qos: 1,
    dup: false,
    packetId: 1,
    receivedAt: RECEIVED_AT,
  };
};

const readEntries = readingEntries(REGISTRY);

/** Binary fractions differ in the last digits; eight significant ones are more than any sensor has. */
const rounded = (row: Row): Row => ({ ...row, value: Number(row.value.toPrecision(8)) });

const byText = (a: string, b: string): number => a.localeCompare(b);

describe.for(cases)('%s', (name) => {
  const batch = qualifyBatch(readEntries([entryOf(name)]));

  test('gives its readings and their flags, and its ids as they were written', () => {
    const rows = readingsIn(batch.readings).map(({ observedAt, station, property, value, flag }) =>
      rounded({ observed_at: formatInstant(observedAt), station, property, value, flag }),
    );
    const expected = z.array(Row).parse(JSON.parse(read(name, 'readings.json') ?? '[]'));
    expect(rows).toEqual(expected.map(rounded));
    const ids = read(name, 'ids.txt')?.split('\n');
    if (ids !== undefined) expect([...batch.observations.ids.values()]).toEqual(ids);
  });

  test('refuses what it must, each at its place', () => {
    const refused = batch.packets.flatMap((packet) => packet.refused);
    const faults = refused.map(({ place, fault }) => `${place} ${fault.code}`.trim());
    const expected = (read(name, 'fault.txt') ?? '').split('\n').filter((line) => line !== '');
    expect(faults.toSorted(byText)).toEqual(expected.toSorted(byText));
  });

  test('has files that say what must come of it', () => {
    const topic = read(name, 'topic.txt') ?? '';
    expect(topic.startsWith('v1/') || parseForwarded(topic) !== undefined).toBe(true);
    expect(existsSync(join(here, name, 'packet.json'))).not.toBe(existsSync(join(here, name, 'packet.hex')));
    expect(read(name, 'readings.json') ?? read(name, 'fault.txt')).toBeDefined();
  });
});

test('every family has a case', () => {
  for (const { name } of FAMILIES) expect(cases.map((one) => one.split('/')[0])).toContain(name);
});
