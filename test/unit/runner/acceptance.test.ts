import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { playRounds } from '#test/acceptance/play.ts';
import type { Outcome, Round } from '#test/acceptance/round.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

const aRound = (name: string, run: Round['run']): Round => ({ name, summary: `shows ${name}`, run });

const play = async (...rounds: readonly Round[]): Promise<{ readonly isSound: boolean; readonly lines: string[] }> => {
  const lines: string[] = [];
  const isSound = await playRounds(rounds, tempFolder(), (line) => lines.push(line));
  return { isSound, lines };
};

const passing = aRound('calm', () => Promise.resolve({ hasPassed: true, found: '12 kills' }));

test('rounds are played one after the other, each with a line at its begin and its end, and the count comes last', async () => {
  const { isSound, lines } = await play(passing, passing);
  expect(isSound).toBe(true);
  expect(lines).toEqual([
    '[1/2] calm: shows calm …',
    expect.stringMatching(/^\[1\/2\] calm: passed in 0 min \d s; 12 kills$/),
    '[2/2] calm: shows calm …',
    expect.stringMatching(/^\[2\/2\] calm: passed in 0 min \d s; 12 kills$/),
    '2 passed, 0 failed',
  ]);
});

test('a round that fails shows the end of its log, one that breaks off says why, and the others are played', async () => {
  const failing = aRound('storm', ({ log }): Promise<Outcome> => {
    writeFileSync(log, 'one reading is missing\n');
    return Promise.resolve({ hasPassed: false, found: '1 missing' });
  });
  const broken = aRound('broken', () => Promise.reject(new Error('no such disk')));
  const { isSound, lines } = await play(failing, broken, passing);
  expect(isSound).toBe(false);
  expect(lines).toContain('one reading is missing');
  expect(lines.join('\n')).toMatch(/\[1\/3\] storm: FAILED in .*; 1 missing/);
  expect(lines.join('\n')).toMatch(/\[2\/3\] broken: FAILED in .*; Error: no such disk/);
  expect(lines.at(-1)).toBe('1 passed, 2 failed');
});
