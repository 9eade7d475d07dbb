import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '#model/base/clock.ts';
import type { Outcome, Round } from './round.ts';

/** Of the log of a round that failed. */
const LINES_SHOWN = 60;

const tookSince = (begin: number): string => {
  const seconds = Math.round((systemClock.monotonic() - begin) / 1_000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
};

/** A round that breaks off has failed, and the rounds behind it run all the same. */
const play = async (round: Round, log: string): Promise<Outcome> => {
  try {
    return await round.run({ log });
  } catch (error) {
    return { hasPassed: false, found: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
};

const endOf = (log: string): readonly string[] =>
  existsSync(log) ? [...readFileSync(log, 'utf8').trimEnd().split('\n').slice(-LINES_SHOWN), `All of it: ${log}`] : [];

/** Plays rounds one after the other, their logs in a folder; says what goes on, and last the count. */
export const playRounds = async (
  rounds: readonly Round[],
  folder: string,
  say: (line: string) => void,
): Promise<boolean> => {
  let passed = 0;
  for (const [i, round] of rounds.entries()) {
    const place = `[${i + 1}/${rounds.length}] ${round.name}`;
    say(`${place}: ${round.summary} …`);
    const begin = systemClock.monotonic();
    const log = join(folder, `${round.name}.log`);
    const { hasPassed, found } = await play(round, log);
    if (hasPassed) passed += 1;
    else for (const line of endOf(log)) say(line);
    say(`${place}: ${hasPassed ? 'passed' : 'FAILED'} in ${tookSince(begin)}; ${found}`);
  }
  say(`${passed} passed, ${rounds.length - passed} failed`);
  return passed === rounds.length;
};
