import { Argument, type Command } from 'commander';
import { z } from 'zod';
import { withService } from '#cli/running-service.ts';
import type { CliContext } from '#cli/context.ts';
import { ROLES } from '#model/accounts/role.ts';
import { Fault } from '#model/base/fault.ts';
import { LinkDocument, PersonalDataDocument } from '#api/people/schema.ts';
import { PersonDocument } from '#api/session/schema.ts';
import { findPerson, pathOfPerson } from './find.ts';
import { tellLink } from './link.ts';

const configureRole = (user: Command, cli: CliContext): void => {
  user
    .command('role <user>')
    .description('give a person another role; it counts at once')
    .addArgument(new Argument('<role>').choices(ROLES))
    .addHelpText('after', '\nExample:\n  klawing user role sari analyst')
    .action(async (given: string, role: string) => {
      await withService(cli.settings(), async (client) => {
        const person = await findPerson(client, given);
        await client.patch(pathOfPerson(person), { role }, PersonDocument);
        cli.out(`${person.login} is ${role} now`);
      });
    });
};

const configureLinks = (user: Command, cli: CliContext): void => {
  const link = (given: string, purpose: 'join' | 'reset'): Promise<void> =>
    withService(cli.settings(), async (client) => {
      const path = `${pathOfPerson(await findPerson(client, given))}/invitation`;
      tellLink(await client.post(path, { purpose }, LinkDocument), cli);
    });
  user
    .command('invite [user]')
    .description('print a new one-time link to join; an earlier one becomes invalid')
    .option('--first', 'the link for the first operator, who chooses name and password')
    .addHelpText('after', '\nExamples:\n  klawing user invite sari\n  klawing user invite --first')
    .action(async (given: string | undefined, { first }: { readonly first?: true }) => {
      if (first === true) {
        tellLink(await withService(cli.settings(), (client) => client.post('/v1/people/first', {}, LinkDocument)), cli);
      } else if (given === undefined) {
        throw new Fault('SETTING_INVALID', 'name a person, or write --first for the first operator');
      } else await link(given, 'join');
    });
  user
    .command('reset <user>')
    .description('end the password and all sessions of a person, and print a link to choose a new password')
    .addHelpText('after', '\nExample:\n  klawing user reset sari')
    .action((given: string) => link(given, 'reset'));
};

const configureDisable = (user: Command, cli: CliContext): void => {
  const set = (given: string, disabled: boolean): Promise<void> =>
    withService(cli.settings(), async (client) => {
      const person = await findPerson(client, given);
      await client.patch(pathOfPerson(person), { disabled }, PersonDocument);
      cli.out(`${person.name} is ${disabled ? 'disabled, and signed out everywhere' : 'enabled'}`);
    });
  user
    .command('disable <user>')
    .description('sign a person out everywhere; the person cannot sign in any more')
    .addHelpText('after', '\nExample:\n  klawing user disable sari')
    .action((given: string) => set(given, true));
  user
    .command('enable <user>')
    .description('let a disabled person sign in again')
    .addHelpText('after', '\nExample:\n  klawing user enable sari')
    .action((given: string) => set(given, false));
  user
    .command('sign-out <user>')
    .description('end all sessions of a person, who can sign in again')
    .addHelpText('after', '\nExample:\n  klawing user sign-out sari')
    .action(async (given: string) => {
      await withService(cli.settings(), async (client) => {
        const person = await findPerson(client, given);
        await client.delete(`${pathOfPerson(person)}/sessions`, z.unknown());
        cli.out(`${person.name} is signed out everywhere`);
      });
    });
};

const configureData = (user: Command, cli: CliContext): void => {
  user
    .command('export <user>')
    .description('print all that is stored about a person, as JSON')
    .addHelpText('after', '\nExample:\n  klawing user export sari > sari.json')
    .action(async (given: string) => {
      const data = await withService(cli.settings(), async (client) =>
        client.get(`${pathOfPerson(await findPerson(client, given))}/data`, PersonalDataDocument),
      );
      cli.out(JSON.stringify(data, undefined, 2));
    });
  user
    .command('erase <user>')
    .description('remove name, contacts, password and sessions of a person for good')
    .requiredOption('--yes', 'it cannot be undone')
    .addHelpText('after', '\nExample:\n  klawing user erase sari --yes')
    .action(async (given: string) => {
      await withService(cli.settings(), async (client) => {
        const person = await findPerson(client, given);
        const erased = await client.delete(pathOfPerson(person), PersonDocument);
        cli.out(`${person.name} was erased; histories say "${erased.name}"`);
      });
    });
};

/** Changes of one person. */
export const configurePerson = (user: Command, cli: CliContext): void => {
  configureRole(user, cli);
  configureLinks(user, cli);
  configureDisable(user, cli);
  configureData(user, cli);
};
