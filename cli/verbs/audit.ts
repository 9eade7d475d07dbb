import { existsSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import { headText } from '#audit/head.ts';
import { withService } from '#cli/running-service.ts';
import { count, table } from '#cli/output/table.ts';
import { number } from '#cli/option-values.ts';
import type { Verb, CliContext } from '#cli/context.ts';
import { openDataFolder } from '#runtime/data-folder.ts';
import type { AuditHead } from '#storage/operations/audit.ts';
import { type AuditFault, verifyAudit } from '#storage/operations/sqlite/verify-audit.ts';
import { EntryList } from '#api/audit/schema.ts';
import { formatInstant } from '#model/base/instant.ts';

/** Reads a head as the log has it: `41:9f86d0…`. */
const headOf = (text: string): AuditHead => {
  const [, position, hash] = /^(\d+):([0-9a-f]{64})$/i.exec(text) ?? [];
  if (position === undefined || hash === undefined)
    throw new InvalidArgumentError('write it as in the log: 41:9f86d0…');
  return { number: Number(position), hash: Buffer.from(hash, 'hex') };
};

const tellFault = ({ number: at, kind, entry }: AuditFault): string => {
  if (kind === 'missing') return `entry ${at} is missing; it was removed`;
  if (entry === undefined) return `entry ${at} is not as it was written`;
  const what = `${entry.action} of ${entry.subject} by ${entry.actor}, ${formatInstant(entry.at)}`;
  return `entry ${at} is not as it was written; it says now: ${what}`;
};

const configureVerify = (audit: Command, cli: CliContext): void => {
  audit
    .command('verify')
    .description('check that no entry was changed or removed; reads the file itself, also while the service runs')
    .option(
      '--head <head>',
      'a head from the log: shows that the end was cut off, or that all was written anew',
      headOf,
    )
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExamples:\n  klawing audit verify\n  klawing audit verify --head 41:9f86d081884c7d65…')
    .action(({ head: noted, json }: { readonly head?: AuditHead; readonly json?: true }) => {
      const { operations } = openDataFolder(cli.settings().data);
      if (!existsSync(operations)) return cli.out('no entries: the service has not run yet');
      const { entries, head, fault } = verifyAudit(operations, noted);
      if (fault !== undefined) cli.fail();
      if (json === true) {
        const told =
          fault === undefined ? null : { number: fault.number, kind: fault.kind, entry: fault.entry ?? null };
        return cli.out(JSON.stringify({ entries, head: head === undefined ? null : headText(head), fault: told }));
      }
      if (fault !== undefined) cli.out(`CHANGED: ${tellFault(fault)}`);
      const whole = `${count(entries, 'entry', 'entries')}${fault === undefined ? '' : ' before it'} as written`;
      return cli.out(head === undefined ? whole : `${whole}; head ${headText(head)}`);
    });
};

interface ListAuditOptions {
  readonly actor?: string;
  readonly action?: string;
  readonly subject?: string;
  readonly from?: string;
  readonly to?: string;
  readonly before?: number;
  readonly limit?: number;
  readonly json?: true;
}

const configureList = (audit: Command, cli: CliContext): void => {
  audit
    .command('list')
    .description('list changes, the newest first')
    .option('--actor <name>', 'of this actor, such as person:7')
    .option('--action <name>', 'of this kind, such as acknowledgeAlert')
    .option('--subject <name>', 'about this, such as alert:26')
    .option('--from <time>', 'at or after, RFC 3339')
    .option('--to <time>', 'before, RFC 3339')
    .option('--before <number>', 'before this entry', number)
    .option('--limit <count>', 'entries; 100 by default', number)
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  klawing audit list --subject device:pbg-r03')
    .action(async ({ json, ...filters }: ListAuditOptions) => {
      const query = new URLSearchParams(
        Object.entries(filters).map(([name, value]): [string, string] => [name, String(value)]),
      );
      const { entries } = await withService(cli.settings(), (client) =>
        client.get(`/v1/audit?${query.toString()}`, EntryList),
      );
      if (json === true) return cli.out(JSON.stringify(entries, undefined, 2));
      if (entries.length === 0) return cli.out('no entries');
      const rows = entries.map((of) => [
        of.number,
        of.at,
        of.name ?? of.actor,
        of.action,
        of.subject,
        JSON.stringify(of.detail).slice(0, 80),
      ]);
      return cli.out(table(['number', 'at', 'by', 'what', 'about', 'detail'], rows));
    });
};

/** The trail of changes. */
export const audit: Verb = {
  name: 'audit',
  summary: 'list changes by people and programs, and verify that the list is whole',
  examples: ['klawing audit list', 'klawing audit verify'],
  configure: (command, cli) => {
    configureList(command, cli);
    configureVerify(command, cli);
  },
};
