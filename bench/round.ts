import type { Generator } from './generator.ts';
import type { Result } from './load/protocol.ts';
import { type Usage, meter } from './report/usage.ts';
import { systemClock } from '#model/base/clock.ts';

/** Result of one round of a load. */
export interface Round {
  readonly perSecond: number;
  readonly result: Result;
  readonly usage: Usage;
}

export interface RoundOptions {
  readonly warmUpSeconds: number;
  readonly seconds: number;
  /** Messages per second of all clients; as fast as acknowledged when undefined. */
  readonly rate?: number | undefined;
  readonly from: number;
}

/** @throws Error when the broker closed a connection, because the counts are then wrong */
export const checkClosed = ({ closed, closedWhy }: Result): void => {
  if (closed > 0) throw new Error(`${closed} connections were lost during the load: ${closedWhy ?? 'unknown'}`);
};

/** Runs one load to its end, with the processor time of these processes during the measurement. */
export const runRound = async (
  generator: Generator,
  pids: Readonly<Record<string, number>>,
  { warmUpSeconds, seconds, rate, from }: RoundOptions,
): Promise<Round> => {
  const load = generator.run({
    warmUpMs: warmUpSeconds * 1_000,
    measureMs: seconds * 1_000,
    from,
    ...(rate === undefined ? {} : { rate }),
  });
  await load.measuring;
  const used = meter(pids, () => systemClock.monotonic());
  const result = await load.result;
  checkClosed(result);
  return { perSecond: result.measured / result.seconds, result, usage: used(result.cpuMs) };
};
