import { createWriteStream } from 'node:fs';
import { Option } from 'commander';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { withService } from '#cli/running-service.ts';
import type { Verb } from '#cli/context.ts';

interface ExportOptions {
  readonly property?: string;
  readonly from?: string;
  readonly to?: string;
  readonly interval?: string;
  readonly fn?: string;
  readonly rolling?: string;
  readonly dayStart?: string;
  readonly tz?: string;
  readonly format?: string;
  readonly flags?: string;
  readonly output?: string;
}

/** Readings of a station as CSV. */
export const exportReadings: Verb = {
  name: 'export',
  summary: 'write the readings of a station as CSV',
  examples: [
    'klawing export PBG-R03 --property stage --from 2026-11-01T00:00:00+07:00 --output stage.csv',
    'klawing export PBG-A01 --property pm2_5 --interval 1h --fn mean',
    'klawing export PBG-R03 --format csv-id --tz Asia/Jakarta --output bancar.csv',
    'klawing export PBG-W01 --property rainfall --interval 1d --fn sum',
  ],
  configure: (command, cli) => {
    command
      .argument('<station>', 'station')
      .option('--property <name>', 'one property; all otherwise')
      .option('--from <time>', 'observed at or after (RFC 3339); 24 hours before --to by default')
      .option('--to <time>', 'observed before; now otherwise')
      .option('--interval <span>', 'aggregate over windows of this width, such as 1h; needs --fn')
      .option('--fn <name>', 'mean, min, max, sum, count, last or p95')
      .option('--rolling <span>', 'windows of this width that end with each hour, such as 8h; with --fn mean or sum')
      .option('--day-start <time>', 'local time at which a day begins; 07:00 for days of rain by default')
      .option(
        '--tz <zone>',
        'time zone of the windows, Asia/Jakarta by default, and of the times of raw readings, UTC by default',
      )
      .addOption(
        new Option('--format <name>', 'csv, or csv-id for a spreadsheet in Indonesian').choices(['csv', 'csv-id']),
      )
      .option('--flags <list>', 'quality flags to include, such as 1,2,3,4')
      .option('--output <file>', 'file to write; standard output by default')
      .action(async (station: string, { output, dayStart, ...filters }: ExportOptions) => {
        const query = new URLSearchParams(Object.entries(filters));
        if (dayStart !== undefined) query.set('day_start', dayStart);
        const path = `/v1/stations/${encodeURIComponent(station)}/readings?${query}`;
        await withService(cli.settings(), async (client) => {
          const csv = Readable.from(client.stream(path, 'text/csv'));
          await pipeline(csv, output === undefined ? process.stdout : createWriteStream(output), {
            end: output !== undefined,
          });
        });
      });
  },
};
