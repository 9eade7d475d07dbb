import { type Command, Option } from 'commander';
import { z } from 'zod';
import { chosenSecret, type SecretOptions, withSecretOptions } from '#cli/device/secret-option.ts';
import { withService } from '#cli/running-service.ts';
import { table } from '#cli/output/table.ts';
import type { Verb, CliContext } from '#cli/context.ts';
import { GATEWAY_KINDS } from '#model/registry/gateway.ts';
import { GatewayList, GatewayRevoked, GatewaySecret } from '#api/gateways/schema.ts';

const listOf = (text: string): readonly string[] =>
  text
    .split(',')
    .map((id) => id.trim())
    .filter((id) => id !== '');

/** Prints a random secret, once. */
const tellSecret = (
  made: z.infer<typeof GatewaySecret>,
  cli: CliContext,
  { json, isChosen }: { readonly json: boolean; readonly isChosen: boolean },
): void => {
  if (json) cli.out(JSON.stringify(made));
  else if (isChosen) cli.out(`gateway ${made.gateway}\nsecret as given`);
  else cli.out(`gateway ${made.gateway}\nsecret ${made.secret}\n\nThe secret is shown only now.`);
};

interface AddGatewayOptions extends SecretOptions {
  readonly kind: string;
  readonly devices?: readonly string[];
  readonly json?: true;
}

const configureAdd = (gateway: Command, cli: CliContext): void => {
  withSecretOptions(gateway.command('add <id>'))
    .description('register a network server, and print its secret once')
    .addOption(
      new Option('--kind <name>', 'kind of network server, which sets its topics')
        .choices(GATEWAY_KINDS)
        .makeOptionMandatory(),
    )
    .option('--devices <ids>', 'its devices, with commas', listOf)
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  klawing gateway add chirpstack-1 --kind chirpstack --devices pbg-r03,pbg-w01')
    .action(async (id: string, { kind, devices = [], json, ...given }: AddGatewayOptions) => {
      const secret = chosenSecret(given, cli);
      const body = { id, kind, devices, ...(secret === undefined ? {} : { secret }) };
      tellSecret(await withService(cli.settings(), (client) => client.post('/v1/gateways', body, GatewaySecret)), cli, {
        json: json === true,
        isChosen: secret !== undefined,
      });
    });
};

const configureChanges = (gateway: Command, cli: CliContext): void => {
  gateway
    .command('assign <id>')
    .description('set the devices of a gateway: these and no others')
    .requiredOption('--devices <ids>', 'device ids with commas', listOf)
    .addHelpText('after', '\nExample:\n  klawing gateway assign chirpstack-1 --devices pbg-r03,pbg-w01')
    .action(async (id: string, { devices }: { readonly devices: readonly string[] }) => {
      const path = `/v1/gateways/${encodeURIComponent(id)}/assign`;
      await withService(cli.settings(), (client) => client.post(path, { devices }, z.unknown()));
      cli.out(`gateway ${id} speaks for ${devices.length === 0 ? 'no device' : devices.join(', ')}`);
    });
  gateway
    .command('revoke <id>')
    .description('invalidate the secrets of a gateway and close its connections')
    .addHelpText('after', '\nExample:\n  klawing gateway revoke chirpstack-1')
    .action(async (id: string) => {
      const path = `/v1/gateways/${encodeURIComponent(id)}/revoke`;
      const { connections } = await withService(cli.settings(), (client) => client.post(path, {}, GatewayRevoked));
      cli.out(`gateway ${id} revoked, ${connections} connection${connections === 1 ? '' : 's'} cut`);
    });
};

interface RotateGatewayOptions extends SecretOptions {
  readonly finish?: true;
  readonly json?: true;
}

const configureRotate = (gateway: Command, cli: CliContext): void => {
  withSecretOptions(gateway.command('rotate <id>'))
    .description('make a new secret for a gateway; the old one stays valid for 30 days, or until --finish')
    .option('--finish', 'make none; end the old one now and close its connections')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  klawing gateway rotate chirpstack-1\n  klawing gateway rotate chirpstack-1 --finish',
    )
    .action(async (id: string, { finish, json, ...given }: RotateGatewayOptions) => {
      const path = `/v1/gateways/${encodeURIComponent(id)}/rotate`;
      if (finish === true) {
        await withService(cli.settings(), (client) => client.post(path, { finish: true }, z.unknown()));
        cli.out(`only the newest secret of ${id} is valid now`);
        return;
      }
      const secret = chosenSecret(given, cli);
      const body = secret === undefined ? {} : { secret };
      tellSecret(await withService(cli.settings(), (client) => client.post(path, body, GatewaySecret)), cli, {
        json: json === true,
        isChosen: secret !== undefined,
      });
    });
};

const configureList = (gateway: Command, cli: CliContext): void => {
  gateway
    .command('list')
    .description('list the gateways with devices, connection and time of the last message')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  klawing gateway list')
    .action(async ({ json }: { readonly json?: true }) => {
      const { gateways } = await withService(cli.settings(), (client) => client.get('/v1/gateways', GatewayList));
      if (json === true) cli.out(JSON.stringify(gateways, undefined, 2));
      else if (gateways.length === 0) cli.out('no gateways yet; add one with "klawing gateway add --help"');
      else {
        const rows = gateways.map((of) => [
          of.id,
          of.kind,
          of.revoked ? 'revoked' : of.presence,
          of.last_seen ?? 'never',
          of.devices.length,
          of.devices.join(', '),
        ]);
        cli.out(table(['id', 'kind', 'presence', 'last seen', 'count', 'devices'], rows));
      }
    });
};

/** Network servers that speak for devices. */
export const gateway: Verb = {
  name: 'gateway',
  summary: 'add, list, assign, rotate and revoke network servers',
  examples: ['klawing gateway add chirpstack-1 --kind chirpstack --devices pbg-r03', 'klawing gateway list'],
  configure: (command, cli) => {
    configureAdd(command, cli);
    configureList(command, cli);
    configureChanges(command, cli);
    configureRotate(command, cli);
  },
};
