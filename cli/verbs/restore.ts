import { join, resolve } from 'node:path';
import { backupShapes } from '#cli/backup-versions.ts';
import { progressBar } from '#cli/output/table.ts';
import type { Verb, CliContext } from '#cli/context.ts';
import { restore as restoreBackup } from '#backup/restore.ts';
import { adoptCopy } from '#journal/write/adopt-copy.ts';

const run = async (given: string, { json }: { readonly json?: true }, cli: CliContext): Promise<void> => {
  const { data, store: configured } = cli.settings();
  const draws = {
    checking: progressBar('checking, bytes', cli.isTerminal),
    copying: progressBar('copying, bytes', cli.isTerminal),
  };
  const { manifest, older } = await restoreBackup(
    resolve(given),
    data,
    ({ stage, done, of }) => draws[stage](done, of),
    {
      journal: join(data, 'journal'),
      takeOver: (from, journal) => adoptCopy(from, journal, Math.random),
      store: configured.kind,
      shapes: backupShapes,
      signal: cli.ended,
    },
  );
  const { made_at, journal, kept_through, store } = manifest;
  if (json === true) {
    cli.out(JSON.stringify({ data, made_at, last: journal.last, kept_through, rows: store.rows }));
    return;
  }
  cli.out(`${data} is restored to ${made_at}; start it with "klawing up"`);
  if (kept_through < journal.last) {
    cli.out(`the first start reads entries ${kept_through + 1} to ${journal.last} of the journal again`);
  }
  for (const { path, version, known } of older) {
    cli.out(`${path} has schema ${version}; the first start brings it to ${known}`);
  }
  if (store.rows === null) cli.out(`the readings are in the store "${store.kind}", which was not changed`);
  cli.out('messages acknowledged after the backup are not in it; never start the original beside it');
};

/** A data folder from a backup. */
export const restore: Verb = {
  name: 'restore',
  summary: 'restore a data folder from a backup',
  examples: ['KLAWING_DATA=/srv/klawing klawing restore /var/backups/klawing-2026-11-24'],
  configure: (command, cli) => {
    command
      .argument('<folder>', 'the backup; the data folder of the settings must be empty or missing')
      .option('--json', 'as JSON')
      .action((folder: string, options: { readonly json?: true }) => run(folder, options, cli));
  },
};
