import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { eventually } from '#test/support/eventually.ts';
import { INFLUX_KINDS } from '#test/support/servers/influx2/kinds.ts';
import { environmentFor, type InfluxServer } from '#test/support/servers/influxd.ts';
import { compare, NO_DIFFERENCE, rowsOfInflux, untilProcessed } from '#test/support/oracles/oracle.ts';
import { startSender } from '#test/support/clients/sender.ts';
import { type Service, testService } from '#test/support/servers/service.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

const OUTAGES = [
  {
    name: 'hangs (SIGSTOP)',
    leave: async (influx: InfluxServer) => influx.stall(),
    comeBack: async (influx: InfluxServer) => influx.resume(),
  },
  {
    name: 'ends (SIGTERM)',
    leave: (influx: InfluxServer) => influx.stop(),
    comeBack: (influx: InfluxServer) => influx.restart(),
  },
];

const Readiness = z.object({
  ready: z.boolean(),
  dependencies: z.array(
    z.object({ name: z.string(), ready: z.boolean(), code: z.string().optional(), detail: z.string().optional() }),
  ),
});

const readiness = async (service: Service): Promise<{ status: number; failing: readonly string[]; code?: string }> => {
  const answer = await service.get('/readyz');
  const failing = Readiness.parse(await answer.json()).dependencies.filter(({ ready }) => !ready);
  const code = failing[0]?.code;
  return { status: answer.status, failing: failing.map(({ name }) => name), ...(code === undefined ? {} : { code }) };
};

const Latest = z.object({ values: z.array(z.object({ device: z.string(), observed_at: z.string() })) });

const newest = async (service: Service): Promise<string> => {
  const { values } = Latest.parse(await (await service.get('/v1/latest?family=air')).json());
  return values.map(({ observed_at }) => observed_at).reduce((a, b) => (a > b ? a : b), '');
};

/** Follows the stream of events and counts those of kind `latest`. */
const followLatest = async (service: Service): Promise<{ readonly count: () => number }> => {
  const ended = new AbortController();
  onTestFinished(() => ended.abort());
  const { body } = await fetch(`${service.url}/v1/stream?event=latest`, { signal: ended.signal });
  let count = 0;
  const follow = async (): Promise<void> => {
    const decoder = new TextDecoder();
    for await (const chunk of body ?? []) {
      count += decoder.decode(chunk, { stream: true }).split('event: latest').length - 1;
    }
  };
  follow().catch(() => undefined);
  return { count: () => count };
};

const CASES = INFLUX_KINDS.filter(({ missing }) => missing === undefined).flatMap(({ title, start }) =>
  OUTAGES.map((outage) => ({ ...outage, title, start })),
);

describe.for(CASES)('while $title $name', ({ leave, comeBack, start }) => {
  test('acknowledging and alerting continue, and afterwards every reading is stored once', async () => {
    const influx = await start(tempFolder());
    onTestFinished(() => influx.dispose());
    const place = await influx.place('klawing');
    const service = await testService({
      config: 'store: { kind: influx, timeout: 2s }\n',
      env: environmentFor(place),
    });
    await service.ready();
    await service.addStation('PBG-A01', 'air');
    const secret = await service.addDevice('load-1', 'PBG-A01');
    const sender = startSender({ port: service.ports.mqtt, devices: new Map([['load-1', secret]]), seed: 7 });
    const latest = await followLatest(service);
    await eventually(() => expect(sender.acknowledged()).toBeGreaterThan(50));

    await leave(influx);
    await eventually(async () =>
      expect(await readiness(service)).toMatchObject({ status: 503, failing: ['store'], code: 'STORE_UNREACHABLE' }),
    );
    const atLeave = { acknowledged: sender.acknowledged(), newest: await newest(service), events: latest.count() };
    await eventually(() => expect(sender.acknowledged()).toBeGreaterThan(atLeave.acknowledged + 500));
    await eventually(async () => expect((await newest(service)) > atLeave.newest).toBe(true));
    await eventually(() => expect(latest.count()).toBeGreaterThan(atLeave.events));
    expect(await readiness(service)).toMatchObject({ status: 503, failing: ['store'] });

    await comeBack(influx);
    await service.ready();
    await sender.drain();
    expect((await untilProcessed(service)).balanced).toBe(true);
    expect(compare(sender.sent, await rowsOfInflux(influx.url, place.database, 'air', place.headers))).toEqual(
      NO_DIFFERENCE,
    );
    expect((await service.cli('ledger', '--verify')).status).toBe(0);
  });
});
