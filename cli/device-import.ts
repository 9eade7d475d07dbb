import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import type { Command } from 'commander';
import { z } from 'zod';
import { readDeviceCsv } from './device-csv.ts';
import { withService } from './service.ts';
import { table } from './table.ts';
import type { World } from './verb.ts';
import { Fault } from '#model/fault.ts';

/** Lines of one call. */
const LINES = 1_000;

const Answer = z.object({
  lines: z.array(
    z.object({
      id: z.string(),
      outcome: z.string(),
      why: z.string().optional(),
      secret: z.string().optional(),
      code: z.string().optional(),
    }),
  ),
});
type Lines = z.infer<typeof Answer>['lines'];

interface ImportOptions {
  readonly dryRun?: true;
  readonly claim?: true;
  readonly json?: true;
  readonly secrets?: string;
}

/** A new file that its owner alone can read; opened before anything is registered, for secrets are told once. */
const openSecrets = (path: string): number => {
  try {
    return openSync(path, 'wx', 0o600);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Fault('REQUEST_INVALID', `the secrets cannot be written to a new file ${path}: ${why}`, { cause });
  }
};

const tell = (lines: Lines, world: World): void => {
  world.out(
    table(
      ['line', 'device', 'outcome', 'why'],
      lines.map((of, i) => [i + 2, of.id, of.outcome, of.why ?? '']),
    ),
  );
  const count = (outcome: string): number => lines.filter((of) => of.outcome === outcome).length;
  const outcomes = ['created', 'updated', 'unchanged', 'refused'];
  world.out(`\n${outcomes.map((outcome) => `${count(outcome)} ${outcome}`).join(', ')}`);
};

const withoutSecrets = (lines: Lines): Lines => lines.map(({ secret: _, code: __, ...rest }) => rest);

/** `klawing device import`: many devices of a CSV file. */
export const configureImport = (device: Command, world: World): void => {
  device
    .command('import <file.csv>')
    .description('register or change the devices of a file, and say of every line what became of it')
    .option('--dry-run', 'say what would happen, and change nothing')
    .option('--claim', 'make claim codes in place of secrets')
    .option('--secrets <file>', 'new file for what is told once; <file.csv>.secrets otherwise')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  klawing device import devices.csv --claim --dry-run')
    .action(async (file: string, { dryRun, claim, json, secrets }: ImportOptions) => {
      const given = readDeviceCsv(file);
      const path = secrets ?? `${file}.secrets`;
      const kept = dryRun === true ? undefined : openSecrets(path);
      if (kept !== undefined) writeSync(kept, claim === true ? 'device,code\n' : 'device,secret\n');
      const lines: Lines[number][] = [];
      await withService(world.settings(), async (client) => {
        for (let at = 0; at < given.length; at += LINES) {
          const devices = given.slice(at, at + LINES);
          const body = { devices, dry_run: dryRun === true, claim: claim === true };
          const answer = await client.post('/v1/devices/import', body, Answer);
          for (const { id, secret, code } of answer.lines) {
            const told = secret ?? code;
            if (kept !== undefined && told !== undefined) writeSync(kept, `${id},${told}\n`);
          }
          if (kept !== undefined) fsyncSync(kept);
          lines.push(...answer.lines);
        }
      });
      if (kept !== undefined) closeSync(kept);
      if (json === true) world.out(JSON.stringify(withoutSecrets(lines), undefined, 2));
      else tell(lines, world);
      if (json !== true && kept !== undefined) world.out(`${claim === true ? 'codes' : 'secrets'} are in ${path}`);
      if (lines.some(({ outcome }) => outcome === 'refused')) world.fail();
    });
};
