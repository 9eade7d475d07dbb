import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { untilMore } from '#test/soak/progress.ts';
import { reportedDamage } from '#test/support/oracles/damage-reported.ts';
import { flip, segmentsOf } from '#test/support/builders/journals.ts';
import { compare, NO_DIFFERENCE, rowsOfApi, untilProcessed } from '#test/support/oracles/oracle.ts';
import { type Sent, startSender } from '#test/support/clients/sender.ts';
import { testService } from '#test/support/servers/service.ts';

const STATION = 'PBG-A01';
const DEVICE = 'load-1';

/** A message in the middle that alone tells of its times: nothing else that was sent makes up for it. */
const loneOf = (sent: readonly Sent[]): Sent => {
  const times = new Map<number, number>();
  for (const { message } of sent) {
    for (const time of new Set(message.readings.map((reading) => reading.time))) {
      times.set(time, (times.get(time) ?? 0) + 1);
    }
  }
  const lone = sent
    .slice(sent.length / 2)
    .find(({ message }) => message.readings.length > 0 && message.readings.every(({ time }) => times.get(time) === 1));
  if (lone === undefined) throw new Error('every message was sent twice or revised');
  return lone;
};

test('a byte that is turned over in the middle of the journal costs the one entry that is named, and no other', async () => {
  const service = await testService({
    parts: ['broker', 'ingest'],
    config: 'journal: { segmentBytes: 1MiB }\n',
  });
  await service.ready();
  await service.addStation(STATION, 'air');
  const secret = await service.addDevice(DEVICE, STATION);
  await service.kill('ingest', 'SIGKILL');

  const sender = startSender({ port: service.ports.mqtt, devices: new Map([[DEVICE, secret]]), seed: 5 });
  await untilMore(sender, 200);
  await sender.drain();
  const lone = loneOf(sender.sent);
  const [segment = ''] = segmentsOf(`${service.data}/journal`);
  flip(segment, readFileSync(segment).indexOf(lone.message.payload) + 5);

  service.start('ingest');
  await service.ready();
  await untilProcessed(service);
  const named = reportedDamage(service.running('ingest').err());
  expect(named.length).toBeGreaterThan(0);
  for (const { from, to, where } of named) {
    expect([from, to]).toEqual([named[0]?.from, named[0]?.from]);
    expect(where).toMatch(/\.seg at byte \d+/);
  }
  const figures = await (await service.get('/metrics')).text();
  expect(figures).toMatch(/^klawing_ingest_damaged_entries_total [1-9]/m);

  const rows = await rowsOfApi(service, STATION);
  expect(compare(sender.sent, rows).missing).toHaveLength(lone.message.readings.length);
  const others = sender.sent.filter((sent) => sent !== lone);
  expect(compare(others, rows)).toEqual(NO_DIFFERENCE);
  const { balanced, totals } = await untilProcessed(service);
  expect(balanced).toBe(false);
  expect(totals.received - totals.processed - totals.quarantined).toBe(1);
});
