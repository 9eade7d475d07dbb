import type { Command } from 'commander';
import { withService } from '#cli/running-service.ts';
import { table } from '#cli/output/table.ts';
import type { CliContext } from '#cli/context.ts';
import { DeviceDocument } from '#registry/schema.ts';

interface MoveOptions {
  readonly station: string;
  readonly from?: string;
  readonly json?: true;
}

/** `klawing device move`: another station for a device, from an instant on. */
export const configureMove = (device: Command, cli: CliContext): void => {
  device
    .command('move <id>')
    .description('move a device to another station, from a time on until the next that is registered')
    .requiredOption('--station <id>', 'its station')
    .option('--from <time>', 'RFC 3339, since when it stands there; now when absent')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  klawing device move pbg-r03 --station PBG-R04 --from 2026-11-24T08:00:00+07:00',
    )
    .action(async (id: string, { station, from, json }: MoveOptions) => {
      const path = `/v1/devices/${encodeURIComponent(id)}/move`;
      const body = { station, ...(from === undefined ? {} : { from }) };
      const moved = await withService(cli.settings(), (client) => client.post(path, body, DeviceDocument));
      if (json === true) {
        cli.out(JSON.stringify(moved, undefined, 2));
        return;
      }
      cli.out(
        table(
          ['station', 'from'],
          moved.assignments.map((at) => [at.station, at.from]),
        ),
      );
      cli.out('\nReadings that are stored already stay at their station.');
    });
};
