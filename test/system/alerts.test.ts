import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { BANCAR, bancar, HOOK_SECRET, told, watchTopic, webhookAt } from '#test/support/builders/bancar.ts';
import { eventually } from '#test/support/eventually.ts';
import { hookServer } from '#test/support/fakes/hook.ts';
import { smtpServer } from '#test/support/servers/smtp.ts';

const Detail = z.object({
  history: z.array(z.object({ kind: z.string(), value: z.number() })),
  receipts: z.array(
    z.looseObject({ channel: z.string(), state: z.string(), delivery: z.string(), attempts: z.number() }),
  ),
});

describe('the Klawing at Bancar above its waspada level', () => {
  test('is sent by webhook and mail, published on the topic, acknowledged, and resolved below the clear level', async () => {
    const hook = await hookServer(HOOK_SECRET);
    const smtp = await smtpServer();
    const { service, send, untilState, alerts } = await bancar({
      ...webhookAt(hook),
      KLAWING_SMTP_URL: smtp.url,
      KLAWING_ALERT_EMAIL_TO: 'posko@example.go.id',
      KLAWING_ALERT_EMAIL_FROM: 'Klawing Purbalingga <alert@example.go.id>',
    });
    const states = await watchTopic(service);
    await send(9, 2.3);
    await send(8, 2.55);
    const id = await untilState('pending');
    expect(hook.posts).toEqual([]);
    await send(4, 2.58);
    await send(3, 2.62);
    await untilState('firing');
    await eventually(() =>
      expect(told(hook)).toMatchObject([{ test: false, alert: { id, state: 'firing', value: 2.62 } }]),
    );
    expect(hook.posts[0]).toMatchObject({ isSigned: true, path: '/hook' });
    expect(hook.posts[0]?.headers['idempotency-key']).toBe(told(hook)[0]?.id);
    await eventually(() => expect(smtp.mails).toHaveLength(1));
    expect(smtp.mails[0]?.to).toEqual(['posko@example.go.id']);
    await eventually(() =>
      expect(states).toEqual(['pending', 'firing'].map((state) => `v1/alerts/PBG-R03/waspada ${state}`)),
    );

    const acknowledged = await service.cli('alert', 'acknowledge', String(id), '--by', 'Sari', '--json');
    expect(acknowledged).toMatchObject({ status: 0 });
    expect(await alerts()).toMatchObject([{ id, acknowledged: { by: 'Sari', note: null }, trend: 'rising' }]);

    await send(1, 2.39);
    await untilState('resolved');
    await eventually(() => expect(told(hook).map(({ alert }) => alert.state)).toEqual(['firing', 'resolved']));
    await eventually(() => expect(smtp.mails).toHaveLength(2));
    await eventually(() => expect(states.at(-1)).toBe('v1/alerts/PBG-R03/waspada resolved'));
    const detail = Detail.parse(await (await service.get(`/v1/alerts/${id}`)).json());
    expect(detail.history.map(({ kind }) => kind)).toEqual(['pending', 'firing', 'acknowledged', 'resolved']);
    const people = detail.receipts.filter(({ channel }) => channel !== 'mqtt');
    expect(people.map(({ channel, state, delivery }) => `${channel} ${state} ${delivery}`).toSorted()).toEqual(
      ['email', 'log', 'webhook'].flatMap((channel) => [
        `${channel} firing delivered`,
        `${channel} resolved delivered`,
      ]),
    );
    const figures = await (await service.get('/metrics')).text();
    expect(figures).toContain('klawing_alerts{state="firing"} 0');
    expect(figures).toContain('klawing_notifications_total{channel="webhook",outcome="delivered"} 2');
    expect(figures).toContain('klawing_notification_seconds_count{channel="email"} 2');
  });

  test('shows itself again on the topic of a broker that has forgotten it', async () => {
    const hook = await hookServer(HOOK_SECRET);
    const { service, send, untilState } = await bancar(webhookAt(hook), ['broker', 'ingest']);
    await send(8, 2.6);
    await send(1, 2.6);
    await untilState('firing');
    await service.kill('broker', 'SIGKILL');
    rmSync(join(service.data, 'sessions'), { recursive: true });
    service.start('broker');
    await service.ready();
    const states = await watchTopic(service);
    await eventually(() => expect(states).toEqual(['v1/alerts/PBG-R03/waspada firing']));
  });
});

describe('a silence', () => {
  test('holds back the end of a notified alert until it ends itself, through a kill', async () => {
    const hook = await hookServer(HOOK_SECRET);
    const { service, send, untilState } = await bancar(webhookAt(hook), ['broker', 'ingest']);
    await send(8, 2.6);
    await send(1, 2.6);
    const id = await untilState('firing');
    await eventually(() => expect(told(hook)).toMatchObject([{ alert: { id, state: 'firing' } }]));
    const silence = await service.post('/v1/silences', { station: BANCAR.id, for: '1h', reason: 'dibersihkan' });
    expect(silence.status).toBe(201);
    await send(0, 2);
    await untilState('resolved');
    await service.kill('ingest', 'SIGKILL');
    service.start('ingest');
    await service.ready();
    expect(hook.posts).toHaveLength(1);
    const { id: silenced } = z.looseObject({ id: z.number() }).parse(await silence.json());
    expect((await service.cli('alert', 'unsilence', String(silenced))).status).toBe(0);
    await eventually(() =>
      expect(told(hook)).toMatchObject([{ alert: { id } }, { alert: { id, state: 'resolved', silenced: false } }]),
    );
  });
});

describe('a kill', () => {
  test('of broker and ingest in the middle of a hold changes nothing', async () => {
    const hook = await hookServer(HOOK_SECRET);
    const { service, send, untilState, alerts } = await bancar(webhookAt(hook), ['broker', 'ingest']);
    await send(8, 2.6);
    const id = await untilState('pending');
    await service.kill('ingest', 'SIGKILL');
    await service.kill('broker', 'SIGKILL');
    service.start('broker');
    service.start('ingest');
    await service.ready();
    expect(await alerts()).toMatchObject([{ id, state: 'pending' }]);
    await send(4, 2.6);
    await send(3, 2.6);
    await untilState('firing');
    expect(await alerts()).toMatchObject([{ id, fired_at: expect.any(String) }]);
    await eventually(() => expect(told(hook)).toMatchObject([{ alert: { id, state: 'firing' } }]));
  });

  test('while the message is being sent loses nothing, and the second try has the same id', async () => {
    const hook = await hookServer(HOOK_SECRET);
    hook.answer(undefined);
    const { service, send } = await bancar(webhookAt(hook), ['broker', 'ingest']);
    await send(8, 2.6);
    await send(1, 2.6);
    await eventually(() => expect(hook.posts).toHaveLength(1));
    await service.kill('ingest', 'SIGKILL');
    hook.answer(204);
    service.start('ingest');
    await service.ready();
    await eventually(() => expect(hook.posts).toHaveLength(2));
    const [first, second] = hook.posts;
    expect(second?.headers['idempotency-key']).toBe(first?.headers['idempotency-key']);
    expect(second?.body).toBe(first?.body);
    expect(second?.isSigned).toBe(true);
  });
});
