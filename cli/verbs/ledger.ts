import { Option } from 'commander';
import type { z } from 'zod';
import { LedgerDocument, type VerificationDocument, VerifyLine } from '#api/ledger/schema.ts';
import { LEDGER_COLUMNS } from '#ingest/ledger/balance.ts';
import { LEDGER_GROUPS } from '#ingest/ledger/group.ts';
import { systemClock } from '#model/base/clock.ts';
import { parseDuration } from '#model/base/duration.ts';
import { formatInstant } from '#model/base/instant.ts';
import type { Client } from '#cli/client.ts';
import { brokenOff, progressOf } from '#cli/output/progress.ts';
import { withService } from '#cli/running-service.ts';
import { count, progressBar, table } from '#cli/output/table.ts';
import type { Verb, CliContext } from '#cli/context.ts';

type ShownLedger = z.infer<typeof LedgerDocument>;
type ShownSums = ShownLedger['totals'];

/** Refused messages without a value are not readings, and the table is wide enough. */
const COLUMNS = LEDGER_COLUMNS.filter((column) => column !== 'missing');

type Verified = z.infer<typeof VerificationDocument>;

interface LedgerOptions {
  readonly device?: string;
  readonly since?: string;
  readonly until?: string;
  readonly by?: string;
  readonly verify?: true;
  readonly json?: true;
}

/** A time, or its age. */
const momentOf = (text: string): string => {
  const span = parseDuration(text);
  return span === undefined ? text : formatInstant(systemClock.now() - span.ms);
};

const query = ({ device, since, until, by }: LedgerOptions): string => {
  const parameters = new URLSearchParams();
  if (device !== undefined) parameters.set('device', device);
  if (since !== undefined) parameters.set('from', momentOf(since));
  if (until !== undefined) parameters.set('to', momentOf(until));
  if (by !== undefined) parameters.set('by', by);
  return parameters.toString();
};

const verify = async (client: Client, cli: CliContext): Promise<Verified> => {
  const draw = progressBar('counting rows, days', cli.isTerminal);
  for await (const answer of progressOf(client, '/v1/ledger/verify', VerifyLine)) {
    if ('verified' in answer) return answer;
    draw(answer.days_done, answer.days);
  }
  throw brokenOff();
};

const cells = (sums: ShownSums): readonly (number | string)[] => [
  ...COLUMNS.map((column) => sums[column]),
  sums.balanced ? 'balanced' : 'NOT BALANCED',
];

const tellLedger = (answer: ShownLedger, { by }: LedgerOptions, cli: CliContext): void => {
  const heads = by === undefined ? ['hour (UTC)', 'device'] : [by === 'hour' ? 'hour (UTC)' : by];
  const rows =
    by === undefined
      ? answer.lines.map((line) => [line.hour.slice(0, 16), line.device, ...cells(line)])
      : answer.groups.map((group) => [by === 'hour' ? group.of.slice(0, 16) : group.of, ...cells(group)]);
  const totals = ['total', ...heads.slice(1).map(() => ''), ...cells(answer.totals)];
  cli.out(table([...heads, ...COLUMNS, ''], [...rows, totals]));
  cli.out(`${answer.balanced ? 'balanced' : 'NOT BALANCED'}: ${answer.explanation}`);
};

const tellVerified = (
  { store, verified, expected, found, mismatched, mismatches }: Verified,
  cli: CliContext,
): void => {
  if (verified) {
    cli.out(`verified: ${store} holds ${found} rows, as the ledger expects`);
    return;
  }
  cli.out(
    `NOT VERIFIED: ${store} holds ${found} rows, the ledger expects ${expected}; ${count(mismatched, 'place')} differ${mismatched === 1 ? 's' : ''}`,
  );
  const rows = mismatches.map((of) => [of.hour.slice(0, 16), of.device, of.property, of.expected, of.found]);
  cli.out(table(['observed (UTC)', 'device', 'property', 'expected', 'found'], rows));
};

const run = async (options: LedgerOptions, cli: CliContext): Promise<void> => {
  const { answer, verified } = await withService(cli.settings(), async (client) => ({
    answer: await client.get(`/v1/ledger?${query(options)}`, LedgerDocument),
    verified: options.verify === true ? await verify(client, cli) : undefined,
  }));
  if (options.json === true) {
    cli.out(JSON.stringify(verified === undefined ? answer : { ...answer, verification: verified }, undefined, 2));
  } else {
    tellLedger(answer, options, cli);
    if (verified !== undefined) tellVerified(verified, cli);
  }
  if (!answer.balanced || verified?.verified === false) cli.fail();
};

/** Counts that prove that nothing was lost. */
export const ledger: Verb = {
  name: 'ledger',
  summary: 'show the counts that prove that nothing was lost',
  examples: [
    'klawing ledger',
    'klawing ledger --verify',
    'klawing ledger --since 30d --by day',
    'klawing ledger --device pbg-r03 --since 2026-11-24T00:00:00+07:00 --until 12h --json',
  ],
  configure: (command, cli) => {
    command
      .option('--device <id>', 'of one device only')
      .option('--since <time>', 'hours of arrival from here on: RFC 3339, or an age (24h, 30d); 24h by default')
      .option('--until <time>', 'hours of arrival up to here, in the same form; now by default')
      .addOption(new Option('--by <what>', 'add up').choices(LEDGER_GROUPS))
      .option('--verify', 'count the rows in the store too, and compare')
      .option('--json', 'as JSON')
      .action((options: LedgerOptions) => run(options, cli));
  },
};
