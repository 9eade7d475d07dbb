import { withClosing } from '#bench/closing.ts';
import { startGenerator, type RunningLoad } from '#bench/generator.ts';
import { type Figure, type RowResult, median, ofRounds } from '#bench/report/figure.ts';
import { meter, type Usage } from '#bench/report/usage.ts';
import { checkClosed } from '#bench/round.ts';
import type { Bench } from '#bench/row.ts';
import { milliseconds, seconds } from '#model/base/duration.ts';
import type { Chain, StartChain } from './chain.ts';

const CLIENTS = 100;
const WINDOW = 20;
const ROUNDS = 3;
const SECONDS = 15;
/** Not longer than the load behind it. */
const WARM_UP_SECONDS = 3;
/** Acknowledged messages that are not stored yet, at which the load stops and at which it continues. */
const BACKLOG = 300_000;
const CONTINUE_AT = 200_000;
const POLL = milliseconds(100);
/** Time without a further stored message after which the rest counts as lost. */
const LOST_AFTER = seconds(30);

/** The generator is not part of a chain. */
const GENERATOR = 'generator';

/** A chain in a contest. */
export interface Contender {
  readonly name: string;
  readonly start: StartChain;
  /** Target for the rate of the first contender, divided by the rate of this one. */
  readonly atLeast?: number;
}

/** One round of one chain. */
interface Played {
  /** Stored messages per second, from the end of the warm-up to the last stored message. */
  readonly perSecond: number;
  /** Microseconds of processor time for each stored message, by process. */
  readonly micros: Readonly<Record<string, number>>;
  readonly othersCores: number;
  readonly acknowledged: number;
  readonly lost: number;
  readonly proof: string | undefined;
}

/** Sends for this time; pauses while too many messages are not stored. */
const hold = async (chain: Chain, load: RunningLoad, spanMs: number, { clock }: Bench): Promise<void> => {
  const began = clock.monotonic();
  while (clock.monotonic() - began < spanMs) {
    chain.check();
    const waiting = load.total() - (await chain.stored());
    if (waiting >= BACKLOG) load.pause();
    else if (waiting <= CONTINUE_AT) load.resume();
    await Promise.race([clock.sleep(POLL), load.result]);
  }
};

/** Waits until so many messages are stored, or none has been for a while; returns the time of the last one. */
const drain = async (chain: Chain, total: number, { clock }: Bench): Promise<number> => {
  let [stored, at] = [await chain.stored(), clock.monotonic()];
  while (stored < total && clock.monotonic() - at < LOST_AFTER.ms) {
    await clock.sleep(POLL);
    chain.check();
    const now = await chain.stored();
    if (now > stored) [stored, at] = [now, clock.monotonic()];
  }
  return at;
};

const microsOf = ({ ms }: Usage, messages: number): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(ms).map(([name, used]) => [name, (used * 1_000) / messages]));

const play = (start: StartChain, bench: Bench): Promise<Played> =>
  withClosing(async (closing) => {
    const { clock } = bench;
    const chain = await start(closing, CLIENTS, bench);
    const from = clock.now();
    const generator = closing.use(
      await startGenerator({
        port: chain.mqttPort,
        clients: [...chain.clients],
        window: WINDOW,
        from,
      }),
    );
    const span = (bench.seconds ?? SECONDS) * 1_000;
    const load = generator.run({ warmUpMs: Math.min(WARM_UP_SECONDS * 1_000, span), from });
    await load.measuring;
    const first = await chain.stored();
    const began = clock.monotonic();
    const used = meter(chain.pids, () => clock.monotonic());
    await hold(chain, load, span, bench);
    load.finish();
    const result = await load.result;
    checkClosed(result);
    const end = await drain(chain, result.total, bench);
    const usage = used(result.cpuMs);
    const count = await chain.count();
    return {
      perSecond: ((count - first) * 1_000) / (end - began),
      micros: microsOf(usage, count - first),
      othersCores: usage.othersCores,
      acknowledged: result.total,
      lost: result.total - count,
      proof: await chain.prove?.(result.total),
    };
  });

interface PlayedContender {
  readonly contender: Contender;
  readonly rounds: Played[];
}

/** Microseconds of all processes but the generator. */
const chainMicros = ({ micros }: Played): number =>
  Object.entries(micros).reduce((sum, [name, each]) => sum + (name === GENERATOR ? 0 : each), 0);

const figuresOf = ({ contender: { name }, rounds }: PlayedContender): readonly Figure[] => {
  const processes = Object.keys(rounds[0]?.micros ?? {});
  const lost = rounds.map((round) => round.lost);
  return [
    ofRounds(
      `${name}: stored`,
      'msg/s',
      rounds.map(({ perSecond }) => perSecond),
    ),
    ofRounds(`${name}: processor, without the generator`, 'µs/msg', rounds.map(chainMicros)),
    ...processes.map((process) =>
      ofRounds(
        `${name}: processor of ${process}`,
        'µs/msg',
        rounds.map(({ micros }) => micros[process] ?? Number.NaN),
      ),
    ),
    { ...ofRounds(`${name}: acknowledged and not stored`, 'messages', lost), value: Math.max(...lost) },
  ];
};

/** Ratios by round, so that both values come from the same minutes. */
const ratiosTo = (ours: PlayedContender, { contender, rounds }: PlayedContender): readonly Figure[] => {
  const ratio = (of: (round: Played) => number): readonly number[] =>
    ours.rounds.map((round, i) => of(round) / (rounds[i] === undefined ? Number.NaN : of(rounds[i])));
  const { name, atLeast } = contender;
  return [
    ofRounds(
      `stored: ${ours.contender.name} ÷ ${name}`,
      '×',
      ratio(({ perSecond }) => perSecond),
      atLeast === undefined ? {} : { atLeast },
    ),
    ofRounds(`processor: ${ours.contender.name} ÷ ${name}`, '×', ratio(chainMicros)),
  ];
};

const notesOf = ({ contender: { name }, rounds }: PlayedContender): readonly string[] => {
  const acknowledged = rounds.reduce((sum, round) => sum + round.acknowledged, 0).toLocaleString('en');
  const cores = median(rounds.map(({ othersCores }) => othersCores)).toFixed(2);
  const proofs = rounds.flatMap(({ proof }) => proof ?? []);
  return [
    `${name}: ${acknowledged} messages acknowledged in ${rounds.length} rounds; other processes kept ${cores} cores busy`,
    ...proofs.slice(-1).map((proof) => `${name}: last round ${proof}`),
  ];
};

/** Plays the chains by turns and compares the first one with the others. */
export const playContest = async (contenders: readonly Contender[], bench: Bench): Promise<Omit<RowResult, 'row'>> => {
  const played = contenders.map((contender): PlayedContender => ({ contender, rounds: [] }));
  const { rounds: count = ROUNDS, seconds: span = SECONDS } = bench;
  for (let round = 1; round <= count; round += 1) {
    for (const { contender, rounds } of played) {
      const done = await play(contender.start, bench);
      rounds.push(done);
      bench.say(
        `round ${round}, ${contender.name}: ${Math.round(done.perSecond).toLocaleString('en')}/s, ${chainMicros(done).toFixed(1)} µs`,
      );
    }
  }
  const [ours, ...others] = played;
  return {
    setting: `end to end into InfluxDB, each chain with a store of its own: ${CLIENTS} clients, window ${WINDOW}, QoS 1, five values a message, for ${span} s and until the last message is stored; the load waits while ${BACKLOG.toLocaleString('en')} messages are not stored; ${count} rounds by turns`,
    figures: [
      ...played.flatMap(figuresOf),
      ...(ours === undefined ? [] : others.flatMap((other) => ratiosTo(ours, other))),
    ],
    notes: played.flatMap(notesOf),
  };
};
