import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import type { Command } from 'commander';
import type { z } from 'zod';
import type { Client } from '#cli/client.ts';
import { type DeviceLine, readDeviceCsv } from './csv.ts';
import { withService } from '#cli/running-service.ts';
import { changesText } from '#cli/output/changes.ts';
import { table } from '#cli/output/table.ts';
import type { CliContext } from '#cli/context.ts';
import { ImportAnswer } from '#api/devices/import-schema.ts';
import { Fault } from '#model/base/fault.ts';

/** Lines of one request. */
const LINES = 1_000;

type ImportedLine = z.infer<typeof ImportAnswer>['lines'][number];

/** Without secrets and codes, which are shown once. */
type Shown = readonly (Omit<ImportedLine, 'secret' | 'code'> & { readonly line: number })[];

/** Writes secrets or codes. */
type WriteSecrets = (lines: readonly { readonly id: string; readonly text: string | undefined }[]) => void;

interface ImportVerbOptions {
  readonly dryRun?: true;
  readonly claim?: true;
  readonly json?: true;
  readonly secrets?: string;
}

/** A new file that only its owner can read. It is opened before anything is registered, because secrets are shown once. */
const openSecrets = (path: string): number => {
  try {
    return openSync(path, 'wx', 0o600);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const isThere = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
    const detail = isThere
      ? `${path} exists already and may hold secrets; move it away, or name another with --secrets`
      : `the secrets cannot be written to ${path}: ${why}; name another file with --secrets`;
    throw new Fault('REQUEST_INVALID', detail, { cause });
  }
};

const print = (lines: Shown, cli: CliContext): void => {
  cli.out(
    table(
      ['line', 'device', 'outcome', 'changes, or reason'],
      lines.map(({ line, id, outcome, why, changes }) => [line, id, outcome, why ?? changesText(changes ?? [])]),
    ),
  );
  const counted = (outcome: string): number => lines.filter((of) => of.outcome === outcome).length;
  const outcomes = ['created', 'updated', 'unchanged', 'refused'];
  cli.out(`\n${outcomes.map((outcome) => `${counted(outcome)} ${outcome}`).join(', ')}`);
};

/** Sends the lines in parts. Secrets and codes of a part are on disk before the next part is sent. */
const send = async (
  given: readonly DeviceLine[],
  wish: object,
  client: Client,
  writeSecrets: WriteSecrets,
): Promise<Shown> => {
  const shown: Shown[number][] = [];
  for (let at = 0; at < given.length; at += LINES) {
    const part = given.slice(at, at + LINES);
    const body = { devices: part.map(({ device }) => device), ...wish };
    const answer = await client.post('/v1/devices/import', body, ImportAnswer);
    writeSecrets(answer.lines.flatMap(({ id, secret, code }) => ({ id, text: secret ?? code })));
    shown.push(...answer.lines.map(({ secret: _, code: __, ...rest }, i) => ({ line: part[i]?.line ?? 0, ...rest })));
  }
  return shown;
};

const run = async (
  file: string,
  { dryRun, claim, json, secrets }: ImportVerbOptions,
  cli: CliContext,
): Promise<void> => {
  const given = readDeviceCsv(file);
  const path = secrets ?? `${file}.secrets`;
  const secretsFile = dryRun === true ? undefined : openSecrets(path);
  let isEmpty = true;
  const writeSecrets: WriteSecrets = (lines) => {
    if (secretsFile === undefined) return;
    for (const { id, text } of lines) {
      if (text === undefined) continue;
      writeSync(secretsFile, `${isEmpty ? `device,${claim === true ? 'code' : 'secret'}\n` : ''}${id},${text}\n`);
      isEmpty = false;
    }
    fsyncSync(secretsFile);
  };
  let lines: Shown;
  try {
    const wish = { dry_run: dryRun === true, claim: claim === true };
    lines = await withService(cli.settings(), (client) => send(given, wish, client, writeSecrets));
  } finally {
    if (secretsFile !== undefined) closeSync(secretsFile);
    if (secretsFile !== undefined && isEmpty) rmSync(path);
  }
  if (json === true) cli.out(JSON.stringify(lines, undefined, 2));
  else {
    print(lines, cli);
    if (!isEmpty) cli.out(`${claim === true ? 'codes' : 'secrets'} are in ${path}`);
  }
  if (lines.some(({ outcome }) => outcome === 'refused')) cli.fail();
};

/** `klawing device import`: many devices from a CSV file. */
export const configureImport = (device: Command, cli: CliContext): void => {
  device
    .command('import <file.csv>')
    .description('register the devices of a file, or change them by its columns, and show the result of every line')
    .option('--dry-run', 'show the results, and change nothing')
    .option('--claim', 'make claim codes instead of secrets')
    .option('--secrets <file>', 'new file for secrets or codes; <file.csv>.secrets by default')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  klawing device import devices.csv --claim --dry-run')
    .action((file: string, options: ImportVerbOptions) => run(file, options, cli));
};
