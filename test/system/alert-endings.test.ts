import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  BANCAR,
  bancar,
  type Bancar,
  HOOK_SECRET,
  told,
  watchTopic,
  webhookAt,
} from '#test/support/builders/bancar.ts';
import { eventually } from '#test/support/eventually.ts';
import { hookServer, type TestHook } from '#test/support/fakes/hook.ts';
import { smtpServer } from '#test/support/servers/smtp.ts';

const Detail = z.looseObject({
  state: z.string(),
  device: z.string(),
  resolved_at: z.string().nullable(),
  closed: z
    .looseObject({
      reason: z.string(),
      why: z.looseObject({ en: z.string() }),
      by: z.string().nullable(),
      note: z.string().nullable(),
    })
    .nullable(),
  history: z.array(z.looseObject({ kind: z.string(), note: z.string().nullable(), by: z.string().nullable() })),
});

const detailOf = async ({ service }: Pick<Bancar, 'service'>, id: number) =>
  Detail.parse(await (await service.get(`/v1/alerts/${id}`)).json());

const Standing = z.object({ alerts: z.array(z.looseObject({ station: z.string(), device: z.string() })) });

/** An alert that fires, and that the hook was told of. */
const firing = async (bed: Bancar, hook: TestHook): Promise<number> => {
  await bed.send(8, 2.6);
  await bed.send(1, 2.6);
  const id = await bed.untilState('firing');
  await eventually(() => expect(told(hook)).toMatchObject([{ alert: { id, state: 'firing' } }]));
  return id;
};

describe('an alert whose device is deregistered', () => {
  test('is closed as one that cannot be confirmed, without a further reading, and nowhere as over', async () => {
    const hook = await hookServer(HOOK_SECRET);
    const smtp = await smtpServer();
    const bed = await bancar({
      ...webhookAt(hook),
      KLAWING_SMTP_URL: smtp.url,
      KLAWING_ALERT_EMAIL_TO: 'posko@example.go.id',
      KLAWING_ALERT_EMAIL_FROM: 'alert@example.go.id',
    });
    const { service } = bed;
    const states = await watchTopic(service);
    const id = await firing(bed, hook);
    expect((await service.cli('device', 'revoke', 'pbg-r03')).status).toBe(0);
    await bed.untilState('closed');
    await eventually(() => expect(told(hook).map(({ alert }) => alert.state)).toEqual(['firing', 'closed']));
    expect(told(hook)[1]?.alert).toMatchObject({ closed: { reason: 'device-revoked' }, resolved_at: null });
    await eventually(() => expect(smtp.mails).toHaveLength(2));
    const subject = new RegExp(`^Subject: (.*(?:\\r?\\n[ \\t].*)*)`, 'm').exec(smtp.mails[1]?.source ?? '')?.[1] ?? '';
    expect(subject.replaceAll('_', ' ')).toContain('Tidak dapat dipastikan');
    await eventually(() => expect(states.at(-1)).toBe('v1/alerts/PBG-R03/waspada closed'));
    const detail = await detailOf(bed, id);
    expect(detail).toMatchObject({
      state: 'closed',
      resolved_at: null,
      closed: { reason: 'device-revoked', by: null },
    });
    expect(detail.history.map(({ kind }) => kind)).toEqual(['pending', 'firing', 'closed']);
    expect(detail.history.at(-1)?.note).toBe('Device pbg-r03 was revoked');
    const shown = await service.cli('alert', 'show', String(id));
    expect(shown.out).toContain('closed, it cannot be confirmed that it is over: Device pbg-r03 was revoked');
    expect((await service.cli('alert', 'list', '--state', 'standing')).out).toContain('no alerts');
  });

  test('is closed with its reason where the registry moves the device, and then where it is removed', async () => {
    const hook = await hookServer(HOOK_SECRET);
    const bed = await bancar(webhookAt(hook));
    const { service } = bed;
    await firing(bed, hook);
    const other = { ...BANCAR, id: 'PBG-R01' };
    const apply = (devices: readonly object[]) =>
      service.post('/v1/registry/apply', { stations: [BANCAR, other], devices });
    expect((await apply([{ id: 'pbg-r03', station: other.id }])).status).toBe(200);
    await eventually(() => expect(told(hook)).toMatchObject([{}, { alert: { closed: { reason: 'device-moved' } } }]));
    await bed.send(-1, 2.6);
    await eventually(async () => {
      const { alerts } = Standing.parse(await (await service.get('/v1/alerts?state=standing')).json());
      expect(alerts).toMatchObject([{ station: other.id, device: 'pbg-r03' }]);
    });
    expect((await apply([])).status).toBe(200);
    await eventually(async () => {
      expect(await (await service.get('/v1/alerts?state=standing')).json()).toEqual({ alerts: [] });
    });
  });

  test('goes on by the other device of the station, which ends it, also after a kill', async () => {
    const hook = await hookServer(HOOK_SECRET);
    const bed = await bancar(webhookAt(hook), ['broker', 'ingest']);
    const { service, send } = bed;
    await bed.addDevice('pbg-r03-b');
    await send(1, 2.45, 'pbg-r03-b');
    const id = await firing(bed, hook);
    expect((await service.post('/v1/devices/pbg-r03/revoke', {})).status).toBe(200);
    await eventually(async () => {
      const [alert] = await bed.alerts();
      expect(alert).toMatchObject({ id, state: 'firing', device: 'pbg-r03-b' });
    });
    await service.kill('ingest', 'SIGKILL');
    service.start('ingest');
    await service.ready();
    await send(0, 2.3, 'pbg-r03-b');
    await bed.untilState('resolved');
    await eventually(() => expect(told(hook).map(({ alert }) => alert.state)).toEqual(['firing', 'resolved']));
    expect((await detailOf(bed, id)).history).toMatchObject([
      { kind: 'pending' },
      { kind: 'firing' },
      { kind: 'handed-over', note: expect.stringContaining('pbg-r03-b measures the same') },
      { kind: 'resolved' },
    ]);
  });
});

describe('klawing alert end', () => {
  test('ends an alert with a note and a name, once, and new readings may raise it again', async () => {
    const hook = await hookServer(HOOK_SECRET);
    const bed = await bancar(webhookAt(hook));
    const { service, send } = bed;
    const id = await firing(bed, hook);
    expect((await service.cli('alert', 'end', String(id))).status).toBe(2);
    const bare = await fetch(`${service.url}/v1/alerts/${id}/end`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"note":"x"}',
    });
    expect(bare.status).toBe(401);
    expect((await service.post(`/v1/alerts/${id}/end`, { note: '  ' })).status).toBe(400);
    expect(await bed.alerts()).toMatchObject([{ id, state: 'firing' }]);
    const ended = await service.cli('alert', 'end', String(id), '--note', 'sensor rusak', '--by', 'Sari');
    expect(ended).toMatchObject({ status: 0, out: expect.stringContaining(`alert ${id} (closed) ended by hand`) });
    await eventually(() => expect(told(hook)).toMatchObject([{}, { alert: { id, state: 'closed' } }]));
    expect(await detailOf(bed, id)).toMatchObject({
      closed: { reason: 'by-hand', by: 'Sari', note: 'sensor rusak', why: { en: 'Ended by Sari: sensor rusak' } },
      history: [{ kind: 'pending' }, { kind: 'firing' }, { kind: 'closed', by: 'Sari', note: 'sensor rusak' }],
    });
    const again = await service.cli('alert', 'end', String(id), '--note', 'x');
    expect(again).toMatchObject({ status: 1, err: expect.stringContaining('has ended already') });
    await send(0, 2.6);
    await bed.untilState('pending');
    expect(await bed.alerts()).toMatchObject([{ id: id + 1 }, { id, state: 'closed' }]);
  });

  test('works on the files while the service is stopped, and the next start notifies people', async () => {
    const hook = await hookServer(HOOK_SECRET);
    const bed = await bancar(webhookAt(hook));
    const id = await firing(bed, hook);
    await bed.service.stop();
    expect(await bed.service.cli('alert', 'end', String(id), '--note', 'sudah dilihat')).toMatchObject({ status: 0 });
    expect(hook.posts).toHaveLength(1);
    bed.service.start('up');
    await bed.service.ready();
    await eventually(() => expect(told(hook)).toMatchObject([{}, { alert: { id, state: 'closed' } }]));
    expect(await detailOf(bed, id)).toMatchObject({ closed: { by: 'operator', note: 'sudah dilihat' } });
  });
});
