import type { Command } from 'commander';
import { withService } from '#cli/running-service.ts';
import { table } from '#cli/output/table.ts';
import type { CliContext } from '#cli/context.ts';
import { ChannelTest, SilenceList, SilenceSchema } from '#api/alerts/schema.ts';

interface SilenceOptions {
  readonly station?: string;
  readonly rule?: string;
  readonly for?: string;
  readonly until?: string;
  readonly reason: string;
  readonly json?: true;
}

/** `alert silence`, `alert silences` and `alert unsilence`. */
export const configureSilences = (alert: Command, cli: CliContext): void => {
  alert
    .command('silence')
    .description('mute alerts of a station, a rule or both for a time; alerts that fire at its end are sent then')
    .option('--station <id>', 'of this station')
    .option('--rule <id>', 'of this rule')
    .option('--for <span>', 'how long, such as 2h')
    .option('--until <time>', 'until when, RFC 3339')
    .requiredOption('--reason <text>', 'why')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  klawing alert silence --station PBG-R03 --for 2h --reason "sensor dibersihkan"',
    )
    .action(async ({ json, ...body }: SilenceOptions) => {
      const made = await withService(cli.settings(), (client) => client.post('/v1/silences', body, SilenceSchema));
      if (json === true) cli.out(JSON.stringify(made, undefined, 2));
      else cli.out(`silence ${made.id} until ${made.until}`);
    });
  alert
    .command('silences')
    .description('list silences that have not ended')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  klawing alert silences')
    .action(async ({ json }: { readonly json?: true }) => {
      const { silences } = await withService(cli.settings(), (client) => client.get('/v1/silences', SilenceList));
      if (json === true) cli.out(JSON.stringify(silences, undefined, 2));
      else if (silences.length === 0) cli.out('no silences');
      else {
        const rows = silences.map((of) => [of.id, of.station ?? 'every', of.rule ?? 'every', of.until, of.reason]);
        cli.out(table(['id', 'station', 'rule', 'until', 'reason'], rows));
      }
    });
  alert
    .command('unsilence <id>')
    .description('end a silence')
    .addHelpText('after', '\nExample:\n  klawing alert unsilence 3')
    .action(async (id: string) => {
      const path = `/v1/silences/${encodeURIComponent(id)}`;
      const ended = await withService(cli.settings(), (client) => client.delete(path, SilenceSchema));
      cli.out(`silence ${ended.id} ended`);
    });
};

/** `alert test-channel` */
export const configureChannelTest = (alert: Command, cli: CliContext): void => {
  alert
    .command('test-channel <name>')
    .description('send a test message to every recipient of a channel')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  klawing alert test-channel webhook')
    .action(async (name: string, { json }: { readonly json?: true }) => {
      const path = `/v1/channels/${encodeURIComponent(name)}/test`;
      const { outcomes } = await withService(cli.settings(), (client) => client.post(path, {}, ChannelTest));
      if (json === true) cli.out(JSON.stringify(outcomes, undefined, 2));
      else {
        for (const { recipient, error } of outcomes) cli.out(`${recipient}: ${error ?? 'delivered'}`);
      }
      if (outcomes.some(({ delivered }) => !delivered)) cli.fail();
    });
};
