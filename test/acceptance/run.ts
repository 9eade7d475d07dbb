/** `npm run acceptance`: the rounds that are too long for `npm test`, one after the other. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { Argument, Command, InvalidArgumentError } from 'commander';
import { playRounds } from './play.ts';
import type { Round } from './round.ts';
import { ROUNDS } from './rounds/index.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const roundNamed = (name: string, before: readonly Round[] = []): readonly Round[] => {
  const round = ROUNDS.find((one) => one.name === name);
  if (round === undefined) throw new InvalidArgumentError(`Rounds are ${ROUNDS.map((one) => one.name).join(', ')}.`);
  return [...before, round];
};

await new Command('npm run acceptance --')
  .description('the rounds that are too long for npm test, one after the other')
  .addArgument(new Argument('[rounds...]', 'only these').argParser(roundNamed))
  .option('--list', 'say which rounds there are, and run none')
  .action(async (chosen: readonly Round[], { list }: { readonly list?: true }) => {
    if (list === true) {
      say(ROUNDS.map(({ name, summary }) => `${name.padEnd(24)} ${summary}`).join('\n'));
      return;
    }
    // the console is tested as it is served: built
    spawnSync(process.execPath, ['dashboards/console/build.ts'], { stdio: 'inherit' });
    const folder = mkdtempSync(join(tmpdir(), 'klawing-acceptance-'));
    const isSound = await playRounds(chosen.length === 0 ? ROUNDS : chosen, folder, say);
    process.exitCode = isSound ? 0 : 1;
  })
  .parseAsync();
