import type { Generator } from './generator.ts';
import type { Result } from './load/orders.ts';
import { type Usage, meter } from './usage.ts';
import { systemClock } from '#model/base/clock.ts';

/** What one round of a load found. */
export interface Round {
  readonly perSecond: number;
  readonly result: Result;
  readonly usage: Usage;
}

export interface RoundOptions {
  readonly warmUpSeconds: number;
  readonly seconds: number;
  /** Messages a second of all clients together; as fast as acknowledged when undefined. */
  readonly rate?: number | undefined;
  readonly from: number;
}

/** @throws Error when the broker closed a connection: what was counted then is not what was meant */
export const checkClosed = ({ closed, closedWhy }: Result): void => {
  if (closed > 0) throw new Error(`${closed} connections were lost during the load: ${closedWhy ?? 'unknown'}`);
};

/** Runs one load to its end and takes the processor time of the given processes while figures are taken. */
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
