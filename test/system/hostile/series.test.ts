import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { systemClock } from '#model/base/clock.ts';
import { formatInstant } from '#model/base/instant.ts';
import { hasInfluxd } from '#test/support/servers/influxd.ts';
import { rowsOfDuckDb, untilProcessed } from '#test/support/oracles/oracle.ts';
import { type Service, testService } from '#test/support/servers/service.ts';
import { influxTrial } from './influx-trial.ts';

const PACKETS = 50;
const NAMES_EACH = 200;
const NOW = systemClock.now();

/** One good value beside 200 names that nobody has ever used. */
const packet = (i: number): string => {
  const names = Array.from({ length: NAMES_EACH }, (_, k) => `"invented_${i * NAMES_EACH + k}":1`);
  return `{"time":"${formatInstant(NOW - i * 60_000)}","values":{"pm2_5":${i},${names.join(',')}}}`;
};

const Quarantine = z.object({
  packets: z.array(z.object({ parts: z.array(z.object({ code: z.string(), further: z.int() })) })),
});

/** Sends 10,000 invented names, and gives the ledger's count of what was stored. */
const invent = async (service: Service): Promise<number> => {
  await service.addStation('PBG-A01', 'air');
  const secret = await service.addDevice('inventor', 'PBG-A01');
  for (let i = 0; i < PACKETS; i += 1) {
    const answer = await fetch(`${service.url}/v1/devices/inventor/readings`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: packet(i),
    });
    expect(answer.status).toBe(202);
  }
  const ledger = z
    .object({ balanced: z.boolean(), totals: z.object({ stored: z.int() }) })
    .parse(await untilProcessed(service));
  expect(ledger.balanced).toBe(true);
  return ledger.totals.stored;
};

/** One row for each packet, and of its places no more than a hundred; the rest is a number. */
const expectBounded = async (service: Service): Promise<void> => {
  const { packets } = Quarantine.parse(await (await service.get('/v1/quarantine?limit=1000')).json());
  expect(packets).toHaveLength(PACKETS);
  for (const { parts } of packets) {
    expect(parts).toHaveLength(100);
    expect(parts.at(-1)).toEqual({ code: 'PROPERTY_UNKNOWN', further: NAMES_EACH - 100 });
  }
};

describe('10,000 invented property names of one device', () => {
  test.runIf(hasInfluxd)(
    'add no field and no series to InfluxDB, and one bounded row a packet to the quarantine',
    async () => {
      const { service, ask } = await influxTrial();
      expect(await invent(service)).toBe(PACKETS);
      await expectBounded(service);
      expect((await ask('SHOW FIELD KEYS FROM air')).toSorted()).toEqual(['pm2_5', 'pm2_5_flag', 'pm2_5_tests']);
      expect(await ask('SHOW SERIES FROM air')).toEqual(['air,device=inventor,station=PBG-A01']);
      expect((await ask('SHOW SERIES')).join('\n')).not.toContain('invented');
      expect((await ask('SHOW FIELD KEYS')).join('\n')).not.toContain('invented');
    },
  );

  test('add no property to DuckDB, and one bounded row a packet to the quarantine', async () => {
    const service = await testService({ parts: ['broker', 'ingest'] });
    await service.ready();
    expect(await invent(service)).toBe(PACKETS);
    await expectBounded(service);
    await service.stop();
    const rows = await rowsOfDuckDb(service.data);
    expect(rows).toHaveLength(PACKETS);
    expect(new Set(rows.map(({ property }) => property))).toEqual(new Set(['pm2_5']));
  });
});
