import mqtt from 'mqtt';
import { expect, onTestFinished } from 'vitest';
import { z } from 'zod';
import { systemClock } from '#model/base/clock.ts';
import { formatInstant } from '#model/base/instant.ts';
import { eventually } from '#test/support/eventually.ts';
import { WAIT } from '#test/support/limits.ts';
import { HookBody, type TestHook } from '#test/support/fakes/hook.ts';
import { type Service, testService } from '#test/support/servers/service.ts';

export const HOOK_SECRET = 'the-webhook-secret-of-a-test';

const Alerts = z.object({
  alerts: z.array(
    z.looseObject({
      id: z.number(),
      state: z.string(),
      station_name: z.string(),
      value: z.number(),
      fired_at: z.string().nullable(),
    }),
  ),
});

/** The service with a river station at Bancar and one device there. */
export interface Bancar {
  readonly service: Service;
  /** Sends a stage of so many minutes ago over HTTP, which answers once it is synced. */
  send(minutesAgo: number, stage: number, device?: string): Promise<void>;
  /** A further device of the station. */
  addDevice(device: string): Promise<void>;
  /** Those of the station, newest first. */
  alerts(): Promise<z.infer<typeof Alerts>['alerts']>;
  untilState(state: string): Promise<number>;
}

export const BANCAR = {
  id: 'PBG-R03',
  family: 'river',
  name: 'Klawing – Bancar',
  lat: -7.39,
  lon: 109.375,
  attributes: { waspada: 2.5, siaga: 3.5, awas: 4.5 },
};

export const bancar = async (
  env: Readonly<Record<string, string>>,
  parts?: readonly ['broker', 'ingest'],
  config?: string,
): Promise<Bancar> => {
  const options = { ...(parts === undefined ? {} : { parts }), ...(config === undefined ? {} : { config }) };
  const service = await testService({ env, ...options });
  await service.ready();
  expect((await service.post('/v1/stations', BANCAR)).status).toBe(201);
  const secrets = new Map([['pbg-r03', await service.addDevice('pbg-r03', BANCAR.id)]]);
  const begin = systemClock.now();
  const alerts = async () => Alerts.parse(await (await service.get(`/v1/alerts?station=${BANCAR.id}`)).json()).alerts;
  return {
    service,
    alerts,
    addDevice: async (device) => {
      secrets.set(device, await service.addDevice(device, BANCAR.id));
    },
    send: (minutesAgo, stage, device = 'pbg-r03') =>
      eventually(async () => {
        const time = formatInstant(begin - minutesAgo * 60_000);
        const answer = await fetch(`${service.url}/v1/devices/${device}/readings`, {
          method: 'POST',
          headers: { authorization: `Bearer ${secrets.get(device)}`, 'content-type': 'application/json' },
          body: JSON.stringify({ time, values: { stage } }),
          signal: AbortSignal.timeout(WAIT.ms),
        });
        expect(answer.status).toBe(202);
      }),
    untilState: (state) =>
      eventually(async () => {
        const [newest] = await alerts();
        expect(newest).toMatchObject({ state });
        return newest?.id ?? 0;
      }),
  };
};

export const webhookAt = (hook: TestHook) => ({
  KLAWING_ALERT_WEBHOOK_URL: hook.url,
  KLAWING_ALERT_WEBHOOK_SECRET: HOOK_SECRET,
});

export const told = (hook: TestHook) => hook.posts.map(({ body }) => HookBody.parse(JSON.parse(body)));

export const watchTopic = async (service: Service) => {
  const states: string[] = [];
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${service.ports.mqtt}`, {
    username: 'operator',
    password: service.operatorToken(),
    clientId: 'operator.test',
    reconnectPeriod: 100,
  });
  onTestFinished(async () => client.endAsync(true));
  client.on('message', (topic, payload) => {
    states.push(`${topic} ${HookBody.parse(JSON.parse(payload.toString())).alert.state}`);
  });
  await client.subscribeAsync(`v1/alerts/${BANCAR.id}/#`, { qos: 1 });
  return states;
};
