import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { cbor } from '#model/codecs/cbor.ts';
import { senmlCbor } from '#model/codecs/senml-cbor.ts';
import { systemClock } from '#model/base/clock.ts';
import { formatInstant } from '#model/base/instant.ts';
import { eventually } from '#test/support/eventually.ts';
import { testService } from '#test/support/servers/service.ts';

const MINUTE = 60_000;
const BEGIN = Math.floor(systemClock.now() / 1_000) * 1_000 - 10 * MINUTE;

const Answer = z.object({ readings: z.array(z.object({ observed_at: z.string(), value: z.number() })) });

test.runIf(existsSync('/usr/bin/mosquitto_pub'))(
  'a reading is the same in CBOR, in SenML and in SenML as CBOR, by mosquitto_pub and over HTTP',
  async () => {
    const service = await testService();
    await service.ready();
    await service.addStation('PBG-A01', 'air');
    const secret = await service.addDevice('air-1', 'PBG-A01');
    const publish = (codec: string, input: Uint8Array): void => {
      const address = ['-h', '127.0.0.1', '-p', String(service.ports.mqtt), '-i', 'air-1', '-u', 'air-1', '-P', secret];
      execFileSync('mosquitto_pub', [...address, '-q', '1', '-t', `v1/air-1/readings/${codec}`, '-s'], { input });
    };
    const observationOf = (minute: number) => ({
      time: BEGIN + minute * MINUTE,
      id: undefined,
      values: new Map([['temperature', 20 + minute]]),
    });

    await eventually(() => publish('cbor', cbor.encode([observationOf(0)])));
    publish('senml-cbor', senmlCbor.encode([observationOf(1)]));
    const pack = [{ bt: (BEGIN + 2 * MINUTE) / 1_000, n: 'temperature', u: 'K', v: 295.15 }];
    const answer = await fetch(`${service.url}/v1/devices/air-1/readings`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/senml+json' },
      body: JSON.stringify(pack),
    });
    expect(answer.status).toBe(202);

    await eventually(async () => {
      const from = formatInstant(BEGIN);
      const shown = await service.get(`/v1/stations/PBG-A01/readings?property=temperature&from=${from}`);
      const { readings } = Answer.parse(await shown.json());
      expect(readings.map(({ observed_at: at, value }) => [at, value])).toEqual(
        [0, 1, 2].map((minute) => [formatInstant(BEGIN + minute * MINUTE), 20 + minute]),
      );
    });
  },
);
