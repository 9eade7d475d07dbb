import { withClosing } from '#bench/closing.ts';
import { type Figure, type RowResult, ofRounds } from '#bench/report/figure.ts';
import { type Generator, startGenerator } from '#bench/generator.ts';
import { PAYLOAD_BYTES } from '#bench/load/publishes.ts';
import { startBareAedes } from '#bench/peers/bare-aedes.ts';
import { startMosquitto } from '#bench/peers/mosquitto.ts';
import { notInstalled } from '#bench/peers/programs.ts';
import type { Peer } from '#bench/peers/peer.ts';
import { type Round, runRound } from '#bench/round.ts';
import type { Bench, Row } from '#bench/row.ts';
import { type Account, type Service, startService } from '#bench/service/service.ts';
import { writeUsage } from '#bench/report/usage.ts';

const CLIENTS = 100;
const WINDOW = 20;
const ROUNDS = 3;
const SECONDS = 5;
const WARM_UP = 2;

/** The name of our broker without ingest. */
const ALONE = 'Klawing, ingest stopped';

type Clients = readonly { readonly id: string; readonly username?: string; readonly password?: string }[];

/** One broker of the comparison. */
interface Contender {
  readonly name: string;
  readonly generator: Generator;
  readonly pids: () => Readonly<Record<string, number>>;
  readonly before?: () => Promise<void>;
  readonly after?: () => Promise<void>;
  readonly rounds: Round[];
}

const connectTo = (port: number, clients: Clients, window: number, bench: Bench): Promise<Generator> =>
  startGenerator({ port, clients: [...clients], window, from: bench.clock.now() });

const anonymous = ({ length }: { readonly length: number }): Clients =>
  Array.from({ length }, (_, i) => ({ id: `bench-${i}` }));

const peerContender = async (peer: Peer, bench: Bench): Promise<Contender> => ({
  name: peer.name,
  generator: await connectTo(peer.port, anonymous({ length: CLIENTS }), WINDOW, bench),
  pids: () => ({ broker: peer.pid }),
  rounds: [],
});

const contenders = async (
  service: Service,
  accounts: readonly Account[],
  peers: readonly Peer[],
  bench: Bench,
): Promise<readonly Contender[]> => {
  const generator = await connectTo(service.mqttPort, accounts, WINDOW, bench);
  const alone: Contender = {
    name: ALONE,
    generator,
    pids: () => ({ broker: service.broker.pid }),
    rounds: [],
  };
  const beside: Contender = {
    name: 'Klawing, ingest storing',
    generator,
    pids: () => ({ broker: service.broker.pid, ingest: service.ingest?.pid ?? 0 }),
    before: () => service.startIngest(),
    after: () => service.stopIngest(),
    rounds: [],
  };
  const others: Contender[] = [];
  for (const peer of peers) others.push(await peerContender(peer, bench));
  return [alone, ...others, beside];
};

const roundsOf = ({ rounds = ROUNDS }: Bench): number => rounds;

/** Runs the contenders in rotation, so that other work on the machine affects all of them. */
const alternate = async (all: readonly Contender[], bench: Bench): Promise<void> => {
  let from = bench.clock.now();
  for (let round = 1; round <= roundsOf(bench); round += 1) {
    for (const { name, generator, pids, before, after, rounds } of all) {
      await before?.();
      const seconds = bench.seconds ?? SECONDS;
      const done = await runRound(generator, pids(), { warmUpSeconds: WARM_UP, seconds, from });
      from = done.result.next;
      rounds.push(done);
      bench.say(`round ${round}, ${name}: ${Math.round(done.perSecond).toLocaleString('en')}/s`);
      await after?.();
    }
  }
};

const rates = ({ rounds }: Contender): readonly number[] => rounds.map(({ perSecond }) => perSecond);

/** Describes the round with the median rate. */
const describe = ({ name, rounds }: Contender): string => {
  const inOrder = rounds.toSorted((a, b) => a.perSecond - b.perSecond);
  const middle = inOrder[Math.floor(inOrder.length / 2)];
  if (middle === undefined) return `${name}: no round`;
  const { latency, measured } = middle.result;
  return `${name}: PUBACK p99 ${latency.p99.toFixed(0)} ms; ${writeUsage(middle.usage, measured)}`;
};

/** Microseconds of the broker for each message, of all threads or of the main thread, by round. */
const micros = ({ rounds }: Contender, of: 'ms' | 'mainThreadMs'): readonly number[] =>
  rounds.map(({ usage, result }) => ((usage[of]['broker'] ?? Number.NaN) * 1_000) / result.measured);

const processorFigures = (contender: Contender): readonly Figure[] => [
  ofRounds(`${contender.name}: processor of the broker`, 'µs/msg', micros(contender, 'ms')),
  ofRounds(`${contender.name}: main thread of the broker`, 'µs/msg', micros(contender, 'mainThreadMs')),
];

/** Ratios by round, so that both values come from the same minute. */
const byRound = (ours: readonly number[], others: readonly number[]): readonly number[] =>
  ours.map((value, i) => value / (others[i] ?? Number.NaN));

interface PeerTarget {
  readonly peer: string;
  readonly atLeast: number;
  /** Most processor time of our broker, divided by that of the peer: of all threads, and of the main thread. */
  readonly atMost?: { readonly all: number; readonly mainThread: number };
}

const TARGETS: readonly PeerTarget[] = [
  { peer: 'bare Aedes', atLeast: 0.95, atMost: { all: 1.1, mainThread: 1.05 } },
  { peer: 'Mosquitto', atLeast: 2 },
];

/** Our broker beside a peer. With ingest on the same cores the ratio is not one of brokers, and has no target. */
const comparedTo = (ours: Contender, peer: Contender, { atLeast, atMost }: PeerTarget): readonly Figure[] => {
  const isAlone = ours.name === ALONE;
  const rate = ofRounds(
    `${ours.name} ÷ ${peer.name}`,
    '×',
    byRound(rates(ours), rates(peer)),
    isAlone ? { atLeast } : {},
  );
  if (!isAlone || atMost === undefined) return [rate];
  const ratio = (of: 'ms' | 'mainThreadMs') => byRound(micros(ours, of), micros(peer, of));
  return [
    rate,
    ofRounds(`processor of the broker ÷ ${peer.name}`, '×', ratio('ms'), { atMost: atMost.all }),
    ofRounds(`main thread of the broker ÷ ${peer.name}`, '×', ratio('mainThreadMs'), { atMost: atMost.mainThread }),
  ];
};

const lone = async (port: number, client: Clients, pid: number, bench: Bench): Promise<Round> => {
  const generator = await connectTo(port, client, 1, bench);
  try {
    const options = { warmUpSeconds: 1, seconds: bench.seconds ?? SECONDS, from: bench.clock.now() };
    return await runRound(generator, { broker: pid }, options);
  } finally {
    await generator.stop();
  }
};

const figuresOf = (all: readonly Contender[]): readonly Figure[] => {
  const ours = all.filter(({ name }) => name.startsWith('Klawing'));
  return [
    ...all.map((contender) =>
      ofRounds(contender.name, 'msg/s', rates(contender), ours.includes(contender) ? { atLeast: 80_000 } : {}),
    ),
    ...ours.flatMap((one) =>
      TARGETS.flatMap((target) => {
        const found = all.find(({ name }) => name === target.peer);
        return found === undefined ? [] : comparedTo(one, found, target);
      }),
    ),
    ...all.flatMap(processorFigures),
  ];
};

const measure = (bench: Bench): Promise<RowResult> =>
  withClosing(async (closing) => {
    const service = closing.use(await startService({ on: bench.on, store: {}, profile: bench.profile }));
    await service.startIngest();
    const accounts = await service.register(CLIENTS + 1, CLIENTS + 1);
    await service.stopIngest();
    const peers: Peer[] = [];
    for (const start of [startBareAedes, startMosquitto]) {
      const peer = await start();
      if (peer === undefined) continue;
      peers.push(peer);
      closing.add(() => peer.stop());
    }
    const all = await contenders(service, accounts.slice(0, CLIENTS), peers, bench);
    for (const generator of new Set(all.map((one) => one.generator))) closing.add(() => generator.stop());
    await alternate(all, bench);
    const alone = await lone(service.mqttPort, accounts.slice(CLIENTS), service.broker.pid, bench);
    const aedes = await lone(peers[0]?.port ?? 0, anonymous({ length: 1 }), peers[0]?.pid ?? 0, bench);
    return {
      row: 'ack',
      setting: `acknowledged after fsync: ${CLIENTS} clients, window ${WINDOW}, QoS 1, ${PAYLOAD_BYTES} bytes of JSON with five values, authentication and limits on; ${roundsOf(bench)} rounds in turn`,
      figures: [
        ...figuresOf(all),
        { name: 'one client, window 1, ingest stopped', value: alone.perSecond, unit: 'msg/s' },
        { name: 'one client, window 1, bare Aedes', value: aedes.perSecond, unit: 'msg/s' },
      ],
      notes: [
        ...all.map(describe),
        ...service.warnings(),
        ...(peers.length < 2 ? [`${notInstalled('mosquitto')}; apt-get install mosquitto`] : []),
      ],
    };
  });

export const ack: Row = { name: 'ack', title: 'acknowledged after fsync, beside bare Aedes and Mosquitto', measure };
