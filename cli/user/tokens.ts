import { type Command, Option } from 'commander';
import { withService } from '#cli/running-service.ts';
import { table } from '#cli/output/table.ts';
import type { CliContext } from '#cli/context.ts';
import { ROLES } from '#model/accounts/role.ts';
import { Fault } from '#model/base/fault.ts';
import { TokenAdded, TokenDocument, TokenList } from '#api/people/schema.ts';

interface AddTokenOptions {
  readonly role: string;
  readonly valid?: string;
  readonly json?: true;
}

const configureAdd = (token: Command, cli: CliContext): void => {
  token
    .command('add <name>')
    .description('make a token for a program, and print it once')
    .addOption(new Option('--role <role>', 'its rights').choices(ROLES).makeOptionMandatory())
    .option('--valid <span>', 'its validity; 365d by default')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  klawing token add posko-display --role viewer --valid 90d')
    .action(async (name: string, { role, valid, json }: AddTokenOptions) => {
      const body = { name, role, ...(valid === undefined ? {} : { valid }) };
      const made = await withService(cli.settings(), (client) => client.post('/v1/tokens', body, TokenAdded));
      if (json === true) cli.out(JSON.stringify(made));
      else cli.out(`${made.secret}\n\nThe token is shown only now; it is valid until ${made.token.until}.`);
    });
};

/** `token add`, `list` and `revoke`. */
export const configureTokens = (token: Command, cli: CliContext): void => {
  configureAdd(token, cli);
  token
    .command('list')
    .description('list the tokens of programs')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  klawing token list')
    .action(async ({ json }: { readonly json?: true }) => {
      const { tokens } = await withService(cli.settings(), (client) => client.get('/v1/tokens', TokenList));
      if (json === true) cli.out(JSON.stringify(tokens, undefined, 2));
      else if (tokens.length === 0) cli.out('no tokens; "klawing token add --help" shows how one is made');
      else {
        const rows = tokens.map((of) => [of.id, of.name, of.role, of.created_at, of.until]);
        cli.out(table(['number', 'name', 'role', 'made at', 'valid until'], rows));
      }
    });
  token
    .command('revoke <name>')
    .description('make a token invalid at once')
    .addHelpText('after', '\nExample:\n  klawing token revoke posko-display')
    .action(async (given: string) => {
      await withService(cli.settings(), async (client) => {
        const { tokens } = await client.get('/v1/tokens', TokenList);
        const found = tokens.find(({ name, id }) => name === given || String(id) === given);
        if (found === undefined) {
          throw new Fault('NOT_FOUND', `no token has the name or number "${given}"; "klawing token list" lists all`);
        }
        await client.delete(`/v1/tokens/${found.id}`, TokenDocument);
        cli.out(`token ${found.name} revoked`);
      });
    });
};
