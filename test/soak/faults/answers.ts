import { systemClock } from '#model/base/clock.ts';
import { milliseconds } from '#model/base/duration.ts';
import type { SoakFault, SoakContext } from '#test/soak/fault.ts';
import { untilMore } from '#test/soak/progress.ts';
import { eventually } from '#test/support/eventually.ts';
import {
  type Exchange,
  lateBy,
  type Mood,
  type MoodyProxy,
  startMoodyProxy,
} from '#test/support/servers/faulty-proxy.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const ERROR = JSON.stringify({ error: 'partial write: some of it' });
/** Bytes above which a body is too large for one of the moods. */
const LARGE = 600;

const answer =
  (status: number, body = '', headers: Readonly<Record<string, string>> = JSON_TYPE): Mood =>
  ({ response }) =>
    void response.writeHead(status, headers).end(body);

/** Only writes are judged; whatever else is asked is passed on. */
const ofWrites =
  (mood: Mood): Mood =>
  (exchange) =>
    exchange.isWrite ? mood(exchange) : exchange.pass();

const linesOf = ({ body }: Exchange): number => body.toString().trimEnd().split('\n').length;

/** Refuses what holds more than one line, as a server does that found one of them bad. */
const refuseMany = (status: number): Mood =>
  ofWrites((exchange) => (linesOf(exchange) > 1 ? answer(status, ERROR)(exchange) : exchange.pass()));

/** Everything that a store, or what stands in front of it, has been seen to answer. */
const MOODS: Readonly<Record<string, Mood>> = {
  'too many requests': answer(429, '{"error":"slow down"}', { ...JSON_TYPE, 'retry-after': '1' }),
  'internal error': answer(500, '{"error":"engine"}'),
  'not available': answer(503, '', { 'retry-after': '1' }),
  'partial write, 400': refuseMany(400),
  'partial write, 422': refuseMany(422),
  'partial write, 201': refuseMany(201),
  'too large': ofWrites((exchange) => (exchange.body.length > LARGE ? answer(413)(exchange) : exchange.pass())),
  'a page of a proxy': answer(200, '<html>log in</html>', { 'content-type': 'text/html' }),
  'bad gateway': answer(502, '<html>bad gateway</html>', { 'content-type': 'text/html' }),
  'no answer': () => undefined,
  'a late answer': lateBy(700),
  'a reset': ({ response }) => void response.destroy(),
  'written, and the answer lost': async ({ swallow, response }) => {
    await swallow();
    response.destroy();
  },
  'written, and the answer cut short': async ({ swallow, response }) => {
    await swallow();
    response.writeHead(200, { ...JSON_TYPE, 'content-length': '100' }).write('{"res');
    response.destroy();
  },
};

const NAMES = Object.keys(MOODS);

/** Every mood in turn, in an order of chance; acknowledging goes on under each. */
const round = async ({ service, sender, random }: SoakContext, proxy: MoodyProxy, order: string[]): Promise<void> => {
  if (order.length === 0) order.push(...NAMES.toSorted(() => random.next() - 0.5));
  await untilMore(sender, 20);
  const crossed = proxy.crossed();
  proxy.mood(MOODS[order.pop() ?? '']);
  await untilMore(sender, 20);
  await eventually(() => {
    if (proxy.crossed() === crossed) throw new Error('the store was asked nothing');
  });
  await systemClock.sleep(milliseconds(300 + random.next() * 1_500));
  proxy.mood(undefined);
  // keep waits longer after each failure: the next mood is to be met soon
  await service.ready();
};

export const oddAnswers: SoakFault = {
  name: 'answers',
  summary: 'InfluxDB answers 429, 500, 503, 413, 422, 201, a partial 400 or a page, late, never, or with a reset',
  stores: ['influx'],
  begin: async ({ influx }) => {
    if (influx === undefined) throw new Error('a store that lives in ingest answers nobody; add --store influx');
    const proxy = await startMoodyProxy(influx.url);
    const order: string[] = [];
    return {
      options: { env: { KLAWING_INFLUX_URL: proxy.url }, config: 'store: { kind: influx, timeout: 1s }\n' },
      round: (world) => round(world, proxy, order),
    };
  },
};
