import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Alert } from '#model/alerts/alert.ts';
import { hours, minutes, seconds } from '#model/base/duration.ts';
import { answerOf, asOperator, OPERATOR, problemOf, READER, type TestApi, testApi } from '#test/support/servers/api.ts';
import { bancarRule, bench, stageAt } from '#test/support/builders/alerting.ts';
import { eventually } from '#test/support/eventually.ts';
import { MORNING } from '#test/support/builders/readings.ts';

const AlertShape = z.looseObject({
  id: z.number(),
  state: z.string(),
  acknowledged: z.unknown(),
  silenced: z.boolean(),
});
const AlertsShape = z.object({ alerts: z.array(AlertShape) });
const SilenceShape = z.looseObject({ id: z.number(), until: z.string() });
const SilencesShape = z.object({ silences: z.array(SilenceShape) });

const put = (api: TestApi, alerts: readonly Alert[]): Promise<void> =>
  api.operations.commitAlerted({
    cursor: { journal: 'j', sequence: 1 },
    latest: [],
    presence: [],
    seen: [],
    alerting: {
      alerts,
      events: alerts.map(({ id, state, since, value }) => ({
        alert: id,
        kind: state,
        at: since,
        receivedAt: since + 1_000,
        value,
        note: undefined,
      })),
      messages: alerts.map(({ id, state }) => ({
        key: `j-1-${id}-${state}`,
        alert: id,
        state,
        channel: 'email',
        recipient: 'posko@example.go.id',
        body: '',
        receivedAt: MORNING,
        createdAt: MORNING,
        isReplacing: false,
      })),
    },
  });

/** With three alerts: 1 is over, 2 is pending, 3 fires at another station. */
const withAlerts = async (): Promise<TestApi> => {
  const api = await testApi();
  const rules = [bancarRule({ hold: minutes(0) })];
  const { take } = bench(rules);
  take(stageAt(0, 2.6));
  const [over] = take(stageAt(1, 2)).alerts;
  const [pending] = bench().take(stageAt(2, 2.6)).alerts;
  const [firing] = bench(rules).take(stageAt(3, 2.6)).alerts;
  if (over === undefined || pending === undefined || firing === undefined) throw new Error('no alert');
  await put(api, [over, { ...pending, id: 2 }, { ...firing, id: 3, station: 'PBG-R01', severity: 'severe' }]);
  return api;
};

const idsOf = async (api: TestApi, query = ''): Promise<readonly number[]> =>
  (await answerOf(await api.get(`/v1/alerts${query}`), AlertsShape)).alerts.map(({ id }) => id);

describe('GET /v1/alerts', () => {
  test('shows alerts newest first, as promised', async () => {
    const api = await withAlerts();
    const { alerts } = await answerOf(await api.get('/v1/alerts'), AlertsShape);
    expect(alerts.map(({ id }) => id)).toEqual([3, 2, 1]);
    expect(alerts[1]).toEqual({
      closed: null,
      id: 2,
      rule: 'waspada',
      station: 'PBG-R03',
      station_name: 'PBG-R03',
      family: 'river',
      property: 'stage',
      device: 'pbg-r03',
      state: 'pending',
      severity: 'moderate',
      value: 2.6,
      unit: 'm',
      unit_text: 'm',
      title: { id: 'Waspada banjir', en: 'Flood watch' },
      raise: 2.5,
      clear: 2.4,
      trend: 'steady',
      detail: null,
      silenced: false,
      acknowledged: null,
      observed_at: '2026-11-24T03:02:00.000Z',
      since: '2026-11-24T03:02:00.000Z',
      fired_at: null,
      resolved_at: null,
    });
    expect(alerts[2]).toMatchObject({ fired_at: '2026-11-24T03:00:00.000Z', resolved_at: '2026-11-24T03:01:00.000Z' });
  });

  test('finds them by state, station and severity, and page by page', async () => {
    const api = await withAlerts();
    expect(await idsOf(api, '?state=firing')).toEqual([3]);
    expect(await idsOf(api, '?station=PBG-R03')).toEqual([2, 1]);
    expect(await idsOf(api, '?severity=severe')).toEqual([3]);
    const page = await api.get('/v1/alerts?limit=2');
    const link = /<(.+)>; rel="next"/.exec(page.headers.get('link') ?? '')?.[1] ?? '';
    expect(link).toBe('/v1/alerts?limit=2&before=2');
    expect((await answerOf(await api.get(link), AlertsShape)).alerts.map(({ id }) => id)).toEqual([1]);
    expect((await api.get(link)).headers.get('link')).toBeNull();
  });

  test('shows every standing alert in one answer, the worst first, behind however many newer ones', async () => {
    const api = await withAlerts();
    const firing = api.operations.alert(3);
    const over = api.operations.alert(1);
    if (firing === undefined || over === undefined) throw new Error('no alert');
    const newer = Array.from({ length: 105 }, (_, i) => ({ ...over, id: 10 + i }));
    const minor = Array.from({ length: 1_200 }, (_, i) => ({ ...firing, severity: 'minor', id: 200 + i }) as const);
    const extreme = { ...firing, id: 9, severity: 'extreme' } as const;
    const waits = { ...firing, id: 8, severity: 'severe', state: 'pending' } as const;
    await put(api, [...newer, ...minor, extreme, waits]);
    const ids = await idsOf(api, '?state=standing');
    expect(ids.slice(0, 5)).toEqual([9, 3, 8, 2, 1_399]);
    expect(ids).toHaveLength(1_204);
    expect((await api.get('/v1/alerts?state=standing')).headers.get('link')).toBeNull();
    expect(await idsOf(api, '?state=standing&severity=extreme')).toEqual([9]);
    expect(await idsOf(api, '?state=standing&station=PBG-R03')).toEqual([2]);
    expect(await idsOf(api)).not.toContain(9);
  });

  test.for(['?state=standing&limit=5', '?state=standing&before=9'])(
    'gives no part of what stands: %s',
    async (query) => {
      const api = await testApi();
      const { status, detail } = await problemOf(await api.get(`/v1/alerts${query}`));
      expect(status).toBe(400);
      expect(detail).toContain('leave out "limit" and "before"');
    },
  );

  test.for(['?state=open', '?severity=bad', '?limit=0', '?before=x', '?stat=firing'])('refuses %s', async (query) => {
    const api = await testApi();
    expect(await problemOf(await api.get(`/v1/alerts${query}`))).toMatchObject({
      status: 400,
      code: 'REQUEST_INVALID',
    });
  });
});

describe('GET /v1/alerts/{id}', () => {
  test('adds history and receipts', async () => {
    const api = await withAlerts();
    const [delivery] = api.operations.deliveries(3);
    const turn = { id: delivery?.id ?? 0, isTried: true, isOfRecipient: true, isLate: false };
    await api.operations.noteDelivery({ ...turn, delivery: 'waiting', at: MORNING + 1, error: 'away' });
    await api.operations.noteDelivery({
      ...turn,
      delivery: 'delivered',
      at: MORNING + 2,
      error: undefined,
      isLate: true,
    });
    expect(await (await api.get('/v1/alerts/3', asOperator)).json()).toMatchObject({
      id: 3,
      history: [
        { kind: 'firing', at: '2026-11-24T03:03:00.000Z', received_at: '2026-11-24T03:03:01.000Z', note: null },
      ],
      receipts: [
        {
          key: 'j-1-3-firing',
          state: 'firing',
          channel: 'email',
          recipient: 'posko@example.go.id',
          delivery: 'delivered',
          attempts: 2,
          delivered_at: '2026-11-24T03:00:00.002Z',
          last_error: 'away',
          late: true,
        },
      ],
    });
    expect(await problemOf(await api.get('/v1/alerts/99'))).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  });
});

describe('POST /v1/alerts/{id}/acknowledge', () => {
  test('notes person and reason once, and informs the stream', async () => {
    const api = await withAlerts();
    const heard: string[] = [];
    const subscription = api.live.subscribe({
      queue: 9,
      wants: () => true,
      onChange: () => heard.push(...subscription.take(9).map(({ event }) => event)),
    });
    const first = await api.post('/v1/alerts/3/acknowledge', { by: 'Sari', note: 'di lokasi' });
    const expected = { at: '2026-11-24T03:00:00.000Z', by: 'Sari', note: 'di lokasi' };
    expect(await first.json()).toMatchObject({ id: 3, acknowledged: expected });
    await api.clock.advance(seconds(9));
    const second = await api.post('/v1/alerts/3/acknowledge', { by: 'Budi' });
    expect(await second.json()).toMatchObject({ acknowledged: expected });
    expect(heard).toEqual(['alert']);
    expect(api.operations.alertEvents(3).map(({ kind }) => kind)).toEqual(['firing', 'acknowledged']);
  });

  test('takes no body at all, and keeps through later evidence', async () => {
    const api = await withAlerts();
    const bare = await fetch(`${api.url}/v1/alerts/2/acknowledge`, { method: 'POST', headers: asOperator });
    expect(bare.status).toBe(200);
    const alert = api.operations.alert(2);
    if (alert === undefined) throw new Error('no alert');
    await put(api, [{ ...alert, id: 2, state: 'firing', value: 2.9 }]);
    expect(await answerOf(await api.get('/v1/alerts/2'), AlertShape)).toMatchObject({
      state: 'firing',
      value: 2.9,
      acknowledged: { by: null, note: null },
    });
  });

  test('is for operators, and for alerts that are there', async () => {
    const api = await withAlerts();
    const asReader = { authorization: `Bearer ${READER}` };
    expect(await problemOf(await api.post('/v1/alerts/3/acknowledge', {}, asReader))).toMatchObject({ status: 401 });
    expect(await problemOf(await api.post('/v1/alerts/99/acknowledge', {}))).toMatchObject({ status: 404 });
    expect(await problemOf(await api.post('/v1/alerts/3/acknowledge', { who: 'Sari' }))).toMatchObject({ status: 400 });
  });
});

describe('/v1/silences', () => {
  test('mute for a time or until a time, and are listed until they end or are removed', async () => {
    const api = await withAlerts();
    const made = await api.post('/v1/silences', { station: 'PBG-R03', for: '2h', reason: 'dibersihkan' });
    expect(made.status).toBe(201);
    expect(await made.json()).toEqual({
      id: 1,
      by: null,
      station: 'PBG-R03',
      rule: null,
      reason: 'dibersihkan',
      from: '2026-11-24T03:00:00.000Z',
      until: '2026-11-24T05:00:00.000Z',
    });
    await api.post('/v1/silences', { rule: 'siaga', until: '2026-11-24T04:00:00Z', reason: 'uji coba' });
    const silencedOf = async () =>
      (await answerOf(await api.get('/v1/alerts'), AlertsShape)).alerts
        .filter(({ silenced }) => silenced)
        .map(({ id }) => id);
    expect(await silencedOf()).toEqual([2, 1]);
    const listed = async () =>
      (await answerOf(await api.get('/v1/silences'), SilencesShape)).silences.map(({ id }) => id);
    expect(await listed()).toEqual([1, 2]);
    await api.clock.advance(hours(1));
    expect(await listed()).toEqual([1]);
    const remove = () => fetch(`${api.url}/v1/silences/1`, { method: 'DELETE', headers: asOperator });
    expect(await answerOf(await remove(), SilenceShape)).toMatchObject({ id: 1 });
    expect(await listed()).toEqual([]);
    expect(await silencedOf()).toEqual([]);
    expect(await problemOf(await remove())).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  });

  test.for([
    [{ for: '2h', reason: 'x' }, 'name a station, a rule or both'],
    [{ station: 'PBG-R03', reason: 'x' }, 'either "until" or "for"'],
    [{ station: 'PBG-R03', reason: 'x', for: '2h', until: '2026-11-24T09:00:00Z' }, 'either "until" or "for"'],
    [{ station: 'PBG-R03', reason: 'x', until: '2026-11-24T02:00:00Z' }, 'lies in the past'],
    [{ station: 'PBG-R03', for: '2h' }, 'a silence needs a reason'],
    [{ station: 'PBG-R03', for: 'long', reason: 'x' }, 'for example "2h"'],
    [{ station: 'PBG/R03', for: '2h', reason: 'x' }, 'a station is named'],
  ] as const)('refuses %j', async ([body, words]) => {
    const api = await testApi();
    const problem = await problemOf(await api.post('/v1/silences', body));
    expect(problem).toMatchObject({ status: 400, code: 'REQUEST_INVALID' });
    expect(problem.detail).toContain(words);
  });

  test('are changed by operators alone', async () => {
    const api = await testApi();
    const body = { station: 'PBG-R03', for: '2h', reason: 'x' };
    expect(await problemOf(await api.post('/v1/silences', body, {}))).toMatchObject({ status: 401 });
    expect(await problemOf(await fetch(`${api.url}/v1/silences/1`, { method: 'DELETE' }))).toMatchObject({
      status: 401,
    });
  });
});

describe('POST /v1/channels/{channel}/test', () => {
  test('answers what became of the message for each recipient', async () => {
    const outcomes = [
      { recipient: 'posko@example.go.id', delivered: true, error: undefined },
      { recipient: 'x@example.org', delivered: false, error: 'CHANNEL_REFUSED: no' },
    ];
    const api = await testApi({}, { channels: { names: ['email'], test: () => Promise.resolve(outcomes) } });
    const answer = await api.post('/v1/channels/email/test', {}, { authorization: `Bearer ${OPERATOR}` });
    expect(await answer.json()).toEqual({
      channel: 'email',
      outcomes: [
        { recipient: 'posko@example.go.id', delivered: true, error: null },
        { recipient: 'x@example.org', delivered: false, error: 'CHANNEL_REFUSED: no' },
      ],
    });
    expect(await problemOf(await api.post('/v1/channels/email/test', {}, {}))).toMatchObject({ status: 401 });
  });
});

describe('GET /v1/stream', () => {
  test('sends alerts as /v1/alerts shows them, and nothing else on request', async () => {
    const api = await withAlerts();
    const ended = new AbortController();
    const { body } = await fetch(`${api.url}/v1/stream?event=alert&station=PBG-R03`, { signal: ended.signal });
    let text = '';
    const reading = (async () => {
      for await (const chunk of body ?? []) text += Buffer.from(chunk).toString();
    })().catch(() => undefined);
    await eventually(() => expect(text).toContain('retry:'));
    api.live.latest([stageAt(0, 2)]);
    api.live.alerts(
      api.operations.alerts({ state: undefined, station: undefined, severity: undefined, before: undefined, limit: 9 }),
    );
    await eventually(() => expect(text.match(/^event: alert$/gm)).toHaveLength(2));
    const [first] = [...text.matchAll(/^data: (.+)$/gm)];
    const shown = await answerOf(await api.get('/v1/alerts/2'), z.looseObject({}));
    const { history: _, receipts: __, ...alert } = shown;
    expect(JSON.parse(first?.[1] ?? '')).toEqual(alert);
    ended.abort();
    await reading;
  });
});
