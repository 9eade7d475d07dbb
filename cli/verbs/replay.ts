import { RawReplayLine } from '#api/replay/schema.ts';
import { progressOf, resultOf } from '#cli/output/progress.ts';
import { withService } from '#cli/running-service.ts';
import { count, progressBar } from '#cli/output/table.ts';
import type { Verb, CliContext } from '#cli/context.ts';

interface ReplayOptions {
  readonly device: string;
  readonly from: string;
  readonly to?: string;
  readonly newestProfiles?: true;
  readonly dryRun?: true;
  readonly json?: true;
}

const run = async (
  { device, from, to, newestProfiles, dryRun, json }: ReplayOptions,
  cli: CliContext,
): Promise<void> => {
  const draw = progressBar('reading the journal, entries', cli.isTerminal);
  const profiles = newestProfiles === true ? 'newest' : undefined;
  const body = { device, from, to, profiles, dry_run: dryRun };
  const sums = await withService(cli.settings(), (client) =>
    resultOf(progressOf(client, '/v1/replay', RawReplayLine, body), ({ read, entries }) => draw(read, entries)),
  );
  if (json === true) {
    cli.out(JSON.stringify(sums));
    return;
  }
  const would = dryRun === true ? 'would be ' : '';
  cli.out(`${count(sums.packets, 'packet')} of ${device} run again`);
  cli.out(`rows: ${sums.new} ${would}new, ${sums.changed} ${would}changed, ${sums.same} the same`);
  if (sums.quarantined > 0) {
    cli.out(
      `left out: ${count(sums.quarantined, 'packet')} in quarantine; see klawing quarantine replay --device ${device}`,
    );
  }
  if (sums.refused > 0) cli.out(`${count(sums.refused, 'part')} refused now; their earlier readings stay stored`);
};

/** Kept raw packets, run through the pipeline again. */
export const replay: Verb = {
  name: 'replay',
  summary: 'run the kept raw packets of a device again, after a fix of its registration or codec',
  examples: [
    'klawing replay --device pbg-a01 --from 2026-11-23T00:00:00+07:00 --dry-run',
    'klawing replay --device pbg-a01 --from 2026-11-23T00:00:00+07:00 --to 2026-11-24T00:00:00+07:00',
  ],
  configure: (command, cli) => {
    command
      .requiredOption('--device <id>', 'whose packets')
      .requiredOption('--from <time>', 'arrived at or after (RFC 3339)')
      .option('--to <time>', 'arrived before; now otherwise')
      .option('--newest-profiles', 'by the newest version of the profile, not by that at the arrival')
      .option('--dry-run', 'show the changes, and change nothing')
      .option('--json', 'as JSON')
      .action((options: ReplayOptions) => run(options, cli));
  },
};
