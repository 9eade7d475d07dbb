import { type Command, Option } from 'commander';
import { withService } from '#cli/running-service.ts';
import { table } from '#cli/output/table.ts';
import { configurePerson } from '#cli/user/changes.ts';
import { addressOf, tellLink } from '#cli/user/link.ts';
import type { Verb, CliContext } from '#cli/context.ts';
import { ROLES } from '#model/accounts/role.ts';
import { PeopleList, PersonAdded } from '#api/people/schema.ts';

interface AddUserOptions {
  readonly name: string;
  readonly role: string;
  readonly email?: string;
  readonly phone?: string;
  readonly json?: true;
}

const configureAdd = (user: Command, cli: CliContext): void => {
  user
    .command('add <login>')
    .description('add a person who signs in, and print a one-time link to join')
    .requiredOption('--name <text>', 'name as others see it')
    .addOption(new Option('--role <role>', 'rights of the person').choices(ROLES).makeOptionMandatory())
    .option('--email <address>', 'mail address')
    .option('--phone <number>', 'telephone number')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  klawing user add sari --name "Sari Wulandari" --role duty')
    .action(async (login: string, { json, ...given }: AddUserOptions) => {
      const body = { login, ...given };
      const { person, invitation } = await withService(cli.settings(), (client) =>
        client.post('/v1/people', body, PersonAdded),
      );
      if (json === true) {
        const link = invitation === null ? null : { ...invitation, url: addressOf(invitation, cli.settings()) };
        cli.out(JSON.stringify({ person, invitation: link }));
        return;
      }
      cli.out(`${person.name} was added as ${person.role}, with the sign-in name ${person.login}. The link to join:`);
      if (invitation !== null) tellLink(invitation, cli);
    });
};

interface ContactOptions {
  readonly email?: string;
  readonly phone?: string;
  readonly consent: true;
}

const configureContact = (user: Command, cli: CliContext): void => {
  user
    .command('contact <name>')
    .description('add a contact: a person who is notified and cannot sign in')
    .option('--email <address>', 'mail address')
    .option('--phone <number>', 'telephone number')
    .requiredOption('--consent', 'the person has agreed (UU 27/2022)')
    .addHelpText('after', '\nExample:\n  klawing user contact "Budi, RT 03" --phone "+62 812-3456-7890" --consent')
    .action(async (name: string, options: ContactOptions) => {
      const { person } = await withService(cli.settings(), (client) =>
        client.post('/v1/people', { name, ...options }, PersonAdded),
      );
      cli.out(`contact ${person.name} was added with the number ${person.id}`);
    });
};

const configureList = (user: Command, cli: CliContext): void => {
  user
    .command('list')
    .description('list people with roles and contacts')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  klawing user list')
    .action(async ({ json }: { readonly json?: true }) => {
      const { people } = await withService(cli.settings(), (client) => client.get('/v1/people', PeopleList));
      if (json === true) cli.out(JSON.stringify(people, undefined, 2));
      else if (people.length === 0) cli.out('nobody yet; "klawing user invite --first" makes the link for an operator');
      else {
        const stateOf = (of: (typeof people)[number]): string => {
          if (of.disabled_at !== undefined) return 'disabled';
          if (of.login === null) return 'contact';
          return of.can_sign_in ? 'joined' : 'invited';
        };
        const rows = people.map((of) => [
          of.id,
          of.login ?? '',
          of.name,
          of.role ?? '',
          stateOf(of),
          of.last_seen ?? 'never',
          [of.phone, of.email].filter((contact) => contact !== undefined).join(', '),
        ]);
        cli.out(table(['number', 'login', 'name', 'role', 'state', 'last seen', 'contacts'], rows));
      }
    });
};

/** People, their roles, and what the law on personal data asks for. */
export const user: Verb = {
  name: 'user',
  summary: 'add, list, invite, disable, export and erase people, and set their roles',
  examples: ['klawing user add sari --name "Sari Wulandari" --role duty', 'klawing user reset sari'],
  configure: (command, cli) => {
    configureAdd(command, cli);
    configureContact(command, cli);
    configureList(command, cli);
    configurePerson(command, cli);
  },
};
