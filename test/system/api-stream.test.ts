import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { problemOf, type TestApi, testApi } from '#test/support/servers/api.ts';
import { eventually } from '#test/support/eventually.ts';
import { aReading, MORNING } from '#test/support/builders/readings.ts';
import { seconds } from '#model/base/duration.ts';
import { columnsOf } from '#model/readings/columns.ts';

interface Listener {
  text(): string;
  events(): readonly { readonly id: string; readonly event: string; readonly data: { readonly station: string } }[];
  isOver(): boolean;
  stop(): void;
}

const listen = async (api: TestApi, query = ''): Promise<Listener> => {
  const ended = new AbortController();
  const { body } = await fetch(`${api.url}/v1/stream${query}`, { signal: ended.signal });
  if (body === null) throw new Error('no body');
  let text = '';
  let isOver = false;
  const read = async (): Promise<void> => {
    for await (const chunk of body) text += Buffer.from(chunk).toString();
  };
  void read()
    .catch(() => undefined)
    .finally(() => {
      isOver = true;
    });
  await eventually(() => expect(text).toContain('retry: 3000'));
  const field = (block: string, name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? '';
  return {
    text: () => text,
    events: () =>
      text
        .split('\n\n')
        .filter((block) => block.startsWith('id: '))
        .map((block) => ({
          id: field(block, 'id'),
          event: field(block, 'event'),
          data: JSON.parse(field(block, 'data')),
        })),
    isOver: () => isOver,
    stop: () => ended.abort(),
  };
};

describe('GET /v1/stream', () => {
  test('sends readings after they are stored and values after the alerting reader has seen them', async () => {
    const api = await testApi();
    const listener = await listen(api);
    const reading = aReading({ sequence: 77 });
    api.live.readings(columnsOf([reading]));
    api.live.latest([reading]);
    await eventually(() => expect(listener.events()).toHaveLength(2));
    const [stored, newest] = listener.events();
    expect(stored).toEqual({
      id: '1',
      event: 'reading',
      data: {
        station: 'ST1',
        family: 'air',
        device: 'dev-1',
        property: 'pm2_5',
        value: 38.5,
        flag: 1,
        observed_at: '2026-11-24T03:00:00.000Z',
        received_at: '2026-11-24T03:00:01.000Z',
        timed_by: 'device',
        sequence: 77,
      },
    });
    expect(newest).toMatchObject({
      id: '2',
      event: 'latest',
      data: { station: 'ST1', unit_text: 'µg/m³', age_seconds: 0 },
    });
    listener.stop();
  });

  test('leaves out what was not asked for', async () => {
    const api = await testApi();
    const listener = await listen(api, '?family=air&station=ST2&event=latest,alert');
    const there = aReading({ station: 'ST2' });
    api.live.readings(columnsOf([there]));
    api.live.latest([aReading(), aReading({ station: 'ST2', family: 'river' }), there]);
    await eventually(() => expect(listener.events()).toHaveLength(1));
    expect(listener.events()[0]).toMatchObject({ event: 'latest', data: { station: 'ST2', family: 'air' } });
    listener.stop();
  });

  test('keeps a quiet line open with a comment every 5 seconds', async () => {
    const api = await testApi();
    const listener = await listen(api);
    await api.clock.advance(seconds(11));
    await eventually(() => expect(listener.text().match(/^: still here$/gm)).toHaveLength(2));
    listener.stop();
  });

  test('cuts a client that does not read, counts it, and keeps the others', async () => {
    const api = await testApi({ streamQueue: 5_000 });
    const listener = await listen(api);
    const deaf = connect(api.api.port, '127.0.0.1');
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    deaf.on('error', () => undefined).on('close', () => resolve());
    deaf.write('GET /v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n');
    deaf.pause();
    await eventually(async () => expect(await (await api.get('/metrics')).text()).toContain('klawing_api_streams 2'));
    let told = 0;
    await eventually(async () => {
      api.live.readings(columnsOf(Array.from({ length: 1_000 }, () => aReading())));
      told += 1_000;
      await eventually(() => expect(listener.events().length).toBe(told));
      expect(await (await api.get('/metrics')).text()).toContain('klawing_api_streams_cut_total{reason="overrun"} 1');
    });
    deaf.resume();
    await closed;
    expect(listener.isOver()).toBe(false);
    listener.stop();
  });

  test('takes no more clients than it may', async () => {
    const api = await testApi({ maxStreams: 1 });
    const listener = await listen(api);
    expect(await problemOf(await api.get('/v1/stream'))).toMatchObject({ status: 503, code: 'SERVICE_BUSY' });
    listener.stop();
    await eventually(async () => {
      const again = await api.get('/v1/stream');
      await again.body?.cancel();
      expect(again.status).toBe(200);
    });
  });

  test('ends when the service stops, which does not wait for it', async () => {
    const api = await testApi();
    const listener = await listen(api);
    await api.api.stop();
    await api.api.stop();
    await eventually(() => expect(listener.isOver()).toBe(true));
    api.live.readings(columnsOf([aReading({ observedAt: MORNING })]));
  });
});
