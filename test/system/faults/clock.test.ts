import { expect, test } from 'vitest';
import { z } from 'zod';
import { days, hours } from '#model/base/duration.ts';
import { hasFaketime } from '#test/support/clocks/faketime.ts';
import { movedClock } from '#test/support/clocks/moved-clock.ts';
import { untilMore } from '#test/soak/progress.ts';
import { eventually } from '#test/support/eventually.ts';
import { segmentsOf } from '#test/support/builders/journals.ts';
import { startSender } from '#test/support/clients/sender.ts';
import { testService } from '#test/support/servers/service.ts';

const STATION = 'PBG-A01';

/** Old bytes go at the first chance, and the devices measured what they send up to a day ago. */
const CONFIG = `
journal: { segmentBytes: 64KiB, keepRaw: 30d }
api: { silenceGrace: 10s }
ingest: { probeEvery: 1s, settleTime: 1s, clockBehindAllowed: 2d }
`;

const Fleet = z.object({ devices: z.array(z.object({ id: z.string(), age_seconds: z.number().optional() })) });
const Alerts = z.object({ alerts: z.array(z.object({ rule: z.string(), state: z.string() })) });
const Doctor = z.object({ findings: z.array(z.object({ check: z.string(), state: z.string(), found: z.string() })) });

test.runIf(hasFaketime)(
  'a jump of the clock by a year ahead and back removes no raw bytes, makes no device silent, and is reported',
  async () => {
    const clock = movedClock();
    const service = await testService({ parts: ['broker', 'ingest'], config: CONFIG, env: clock.env });
    await service.ready();
    await service.addStation(STATION, 'air');
    const devices = new Map<string, string>();
    for (const id of ['load-1', 'load-2', 'load-3']) devices.set(id, await service.addDevice(id, STATION));
    const sender = startSender({ port: service.ports.mqtt, devices, seed: 7, rate: 90 });
    await untilMore(sender, 900);
    const [oldest] = segmentsOf(`${service.data}/journal`);
    const silentOnes = async (query: string) =>
      Fleet.parse(await (await service.get(`/v1/fleet${query}`)).json()).devices;

    const firing = async () =>
      Alerts.parse(await (await service.get('/v1/alerts')).json()).alerts.flatMap(({ rule, state }) =>
        state === 'firing' ? [rule] : [],
      );

    for (const ahead of [days(365), hours(0), hours(-12), hours(0)]) {
      clock.set(ahead);
      await untilMore(sender, 250);
      await eventually(async () => {
        expect((await firing()).filter((rule) => rule === 'clock-jumped')).toHaveLength(ahead.ms === 0 ? 0 : 1);
      });
      expect(await firing()).not.toContain('device-silent');
      expect(await firing()).not.toContain('clock-wrong');
      expect(await silentOnes('?silent=true')).toEqual([]);
      for (const { age_seconds: age = 0 } of await silentOnes('')) expect(age).toBeGreaterThanOrEqual(0);
      expect(segmentsOf(`${service.data}/journal`)[0]).toBe(oldest);
    }
    for (const part of ['broker', 'ingest'] as const) expect(service.running(part).err()).toContain('CLOCK_JUMPED');

    clock.set(hours(5));
    await eventually(async () => {
      const { findings } = Doctor.parse(JSON.parse((await service.cli('doctor', '--json')).out));
      expect(findings.find(({ check }) => check === 'clock')).toMatchObject({
        state: 'warning',
        found: expect.stringContaining('5.0 h ahead'),
      });
    });
    await sender.drain();
  },
);
