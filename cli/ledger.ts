import { z } from 'zod';
import type { Client } from './client.ts';
import { brokenOff, progressOf } from './progress.ts';
import { withService } from './service.ts';
import { progressBar, table } from './table.ts';
import type { Verb, World } from './verb.ts';

const COLUMNS = [
  'received',
  'processed',
  'quarantined',
  'discarded',
  'waiting',
  'decoded',
  'stored',
  'duplicates',
  'refused',
  'revised',
] as const;

const Counts = {
  received: z.number(),
  processed: z.number(),
  quarantined: z.number(),
  discarded: z.number(),
  waiting: z.number(),
  decoded: z.number(),
  stored: z.number(),
  duplicates: z.number(),
  refused: z.number(),
  revised: z.number(),
};

const LedgerAnswer = z.object({
  through: z.number(),
  balanced: z.boolean(),
  explanation: z.string(),
  totals: z.object(Counts),
  lines: z.array(z.object({ device: z.string(), hour: z.string(), balanced: z.boolean(), ...Counts })),
});
type LedgerAnswer = z.infer<typeof LedgerAnswer>;

/** One line of the verification's answer: progress while it counts, and the result in the last. */
const VerifyLine = z.union([
  z.object({ days_done: z.number(), days: z.number() }),
  z.object({
    store: z.string(),
    verified: z.boolean(),
    expected: z.number(),
    found: z.number(),
    mismatched: z.number(),
    mismatches: z.array(
      z.object({
        device: z.string(),
        property: z.string(),
        hour: z.string(),
        expected: z.number(),
        found: z.number(),
      }),
    ),
  }),
]);
type Verified = Extract<z.infer<typeof VerifyLine>, { readonly verified: boolean }>;

interface LedgerOptions {
  readonly device?: string;
  readonly since?: string;
  readonly verify?: true;
  readonly json?: true;
}

const query = ({ device, since }: LedgerOptions): string => {
  const parameters = new URLSearchParams();
  if (device !== undefined) parameters.set('device', device);
  if (since !== undefined) parameters.set('from', since);
  return parameters.toString();
};

const verify = async (client: Client, world: World): Promise<Verified> => {
  const draw = progressBar('counting rows, days', world.isTerminal);
  for await (const answer of progressOf(client, '/v1/ledger/verify', VerifyLine)) {
    if ('verified' in answer) return answer;
    draw(answer.days_done, answer.days);
  }
  throw brokenOff();
};

const tellLedger = (answer: LedgerAnswer, world: World): void => {
  const rows = answer.lines.map((line) => [
    line.hour.slice(0, 16),
    line.device,
    ...COLUMNS.map((column) => line[column]),
    line.balanced ? 'balanced' : 'NOT BALANCED',
  ]);
  const totals = [
    'total',
    '',
    ...COLUMNS.map((column) => answer.totals[column]),
    answer.balanced ? 'balanced' : 'NOT BALANCED',
  ];
  world.out(table(['hour (UTC)', 'device', ...COLUMNS, ''], [...rows, totals]));
  world.out(`${answer.balanced ? 'balanced' : 'NOT BALANCED'}: ${answer.explanation}`);
};

const tellVerified = ({ store, verified, expected, found, mismatched, mismatches }: Verified, world: World): void => {
  if (verified) {
    world.out(`verified: ${store} holds ${found} rows, as the ledger says`);
    return;
  }
  world.out(`NOT VERIFIED: ${store} holds ${found} rows, the ledger expects ${expected}; ${mismatched} places differ`);
  const rows = mismatches.map((of) => [of.hour.slice(0, 16), of.device, of.property, of.expected, of.found]);
  world.out(table(['observed (UTC)', 'device', 'property', 'expected', 'found'], rows));
};

const run = async (options: LedgerOptions, world: World): Promise<void> => {
  const { answer, verified } = await withService(world.settings(), async (client) => ({
    answer: await client.get(`/v1/ledger?${query(options)}`, LedgerAnswer),
    verified: options.verify === true ? await verify(client, world) : undefined,
  }));
  if (options.json === true) {
    world.out(JSON.stringify(verified === undefined ? answer : { ...answer, verification: verified }, undefined, 2));
  } else {
    tellLedger(answer, world);
    if (verified !== undefined) tellVerified(verified, world);
  }
  if (!answer.balanced || verified?.verified === false) world.fail();
};

/** The count that proves nothing was lost. */
export const ledger: Verb = {
  name: 'ledger',
  summary: 'show the count that proves nothing was lost',
  examples: [
    'klawing ledger',
    'klawing ledger --verify',
    'klawing ledger --device pbg-r03 --since 2026-11-24T00:00:00+07:00 --json',
  ],
  configure: (command, world) => {
    command
      .option('--device <id>', 'of one device only')
      .option('--since <time>', 'hours of arrival from here on (RFC 3339); the last 24 hours otherwise')
      .option('--verify', 'count the rows in the store too, and compare')
      .option('--json', 'as JSON')
      .action((options: LedgerOptions) => run(options, world));
  },
};
