import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { z } from 'zod';
import { BackupLine } from '#api/backup/schema.ts';
import { brokenOff, progressOf } from '#cli/output/progress.ts';
import { withService } from '#cli/running-service.ts';
import { progressBar } from '#cli/output/table.ts';
import type { Verb, CliContext } from '#cli/context.ts';
import { Fault } from '#model/base/fault.ts';

type Made = Extract<z.infer<typeof BackupLine>, { readonly made_at: string }>;

/** Refuses a folder without a journal: a wrong setting must not give an empty backup. */
const checkSource = (data: string): void => {
  if (existsSync(join(data, 'journal'))) return;
  throw new Fault('NOT_FOUND', `${resolve(data)} holds no journal, so there is nothing to copy; set KLAWING_DATA`);
};

const write = async (folder: string, cli: CliContext): Promise<Made> => {
  checkSource(cli.settings().data);
  return withService(cli.settings(), async (client) => {
    const bars = new Map<string, (done: number, of: number) => void>();
    for await (const line of progressOf(client, '/v1/backup', BackupLine, { folder })) {
      if ('made_at' in line) return line;
      const draw = bars.get(line.stage) ?? progressBar(`${line.stage}, bytes`, cli.isTerminal);
      bars.set(line.stage, draw);
      if (line.of > 0) draw(line.done, line.of);
    }
    throw brokenOff();
  });
};

const print = (folder: string, made: Made, cli: CliContext): void => {
  cli.out(`backup of ${made.made_at} in ${folder}: ${made.files} files, ${made.bytes} bytes`);
  cli.out(`journal: entries ${made.first} to ${made.last}; those up to ${made.kept_through} are in the store`);
  cli.out(
    made.rows === null
      ? 'readings: not included, because the store is a separate server; back it up too'
      : `readings: ${made.rows} rows`,
  );
  cli.out('the backup holds the secrets of the data folder: protect it in the same way');
};

/** A copy of the data folder, with or without a running service. */
export const backup: Verb = {
  name: 'backup',
  summary: 'copy the data folder into a new folder, even while the service runs',
  examples: ['klawing backup /var/backups/klawing-2026-11-24', 'klawing backup ./backup --json'],
  configure: (command, cli) => {
    command
      .argument('<folder>', 'new folder; the user that Klawing runs as must be able to create it')
      .option('--json', 'as JSON')
      .action(async (given: string, { json }: { readonly json?: true }) => {
        const folder = resolve(given);
        const made = await write(folder, cli);
        if (json === true) cli.out(JSON.stringify({ folder, ...made }));
        else print(folder, made, cli);
      });
  },
};
