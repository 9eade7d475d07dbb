import type { Command } from 'commander';
import { z } from 'zod';
import { configureClaims, makeClaimCode, tellClaimCode } from '#cli/device/claim.ts';
import { configureCommands } from '#cli/device/command.ts';
import { configureConfig } from '#cli/device/config.ts';
import { configureImport } from '#cli/device/import.ts';
import { type NetworkOptions, networkOf, withNetworkOptions } from '#cli/device/network.ts';
import { configureList } from '#cli/device/list.ts';
import { configureProfile } from '#cli/device/profile.ts';
import { configureMove } from '#cli/device/move.ts';
import { chosenSecret, type SecretOptions, withSecretOptions } from '#cli/device/secret-option.ts';
import { configureSet } from '#cli/device/set.ts';
import { configureShow } from '#cli/device/show.ts';
import { type GivenOptions, settingsOf, withSettings } from '#cli/device/settings.ts';
import { withService } from '#cli/running-service.ts';
import type { Verb, CliContext } from '#cli/context.ts';
import { DeviceSecret, Revoked } from '#registry/schema.ts';

/** Default port of MQTT clients. */
const MQTT_PORT = 1883;

interface AddDeviceOptions extends NetworkOptions, GivenOptions, SecretOptions {
  readonly station: string;
  readonly certificate?: true;
  readonly claim?: true;
  readonly json?: true;
}

interface Told {
  readonly json: boolean;
  /** True for a secret that the caller chose, and knows. */
  readonly isChosen: boolean;
}

/** Prints a random secret, once. */
const tellSecret = (
  { device, secret }: z.infer<typeof DeviceSecret>,
  cli: CliContext,
  { json, isChosen }: Told,
): void => {
  if (json) {
    cli.out(JSON.stringify({ device, secret }));
    return;
  }
  cli.out(isChosen ? `device ${device}\nsecret as given\n` : `device ${device}\nsecret ${secret}\n`);
  const once = isChosen ? '' : 'The secret is shown only now. ';
  cli.out(`${once}MQTT user name and client id are the device, the password is the secret:`);
  cli.out('  read -rs SECRET   # paste the secret, then Enter');
  const { mqttPort } = cli.settings().broker;
  const port = mqttPort === MQTT_PORT ? '' : ` -p ${mqttPort}`;
  // each family has this property
  const message = '{"battery_voltage": 3.9}';
  cli.out(
    `  mosquitto_pub${port} -q 1 -i ${device} -u ${device} -P "$SECRET" -t v1/${device}/readings -m '${message}'`,
  );
};

const configureAdd = (device: Command, cli: CliContext): void => {
  const add = device
    .command('add <id>')
    .description('register a device at a station, and print its secret once')
    .requiredOption('--station <id>', 'its station')
    .option('--certificate', 'require a client certificate; a secret is not enough')
    .option('--claim', 'print a claim code instead of a secret')
    .option('--json', 'as JSON');
  withSecretOptions(add);
  withSettings(add, { codec: 'json', every: '60s' }, false);
  withNetworkOptions(add)
    .addHelpText(
      'after',
      '\nExamples:\n  klawing device add pbg-r03 --station PBG-R03 --every 60s' +
        '\n  klawing device add pbg-w01 --station PBG-W01 --codec lpp --external-id 24e124713c140003' +
        '\n  klawing device add pbg-r04 --station PBG-R04 --secret-file pbg-r04.secret',
    )
    .action(async (id: string, options: AddDeviceOptions) => {
      const { station, certificate, claim, json } = options;
      const secret = chosenSecret(options, cli);
      const network = networkOf(options);
      const body = {
        id,
        station,
        ...settingsOf(options),
        ...(secret === undefined ? {} : { secret }),
        ...(network === undefined ? {} : { network }),
        ...(certificate === undefined ? {} : { certificate_only: true }),
      };
      await withService(cli.settings(), async (client) => {
        const made = await client.post('/v1/devices', body, DeviceSecret);
        if (claim === true) tellClaimCode(await makeClaimCode(client, id, undefined), cli, json === true);
        else tellSecret(made, cli, { json: json === true, isChosen: secret !== undefined });
      });
    });
};

interface RotateDeviceOptions extends SecretOptions {
  readonly finish?: true;
  readonly json?: true;
}

const configureChanges = (device: Command, cli: CliContext): void => {
  withSecretOptions(device.command('rotate <id>'))
    .description('make a new secret for a device; the old one stays valid for 30 days, or until --finish')
    .option('--finish', 'make none; end the old one now')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  klawing device rotate pbg-r03\n  klawing device rotate pbg-r03 --secret-file pbg-r03.secret',
    )
    .action(async (id: string, { finish, json, ...given }: RotateDeviceOptions) => {
      if (finish === true) {
        await withService(cli.settings(), (client) =>
          client.post(`/v1/devices/${encodeURIComponent(id)}/rotate`, { finish: true }, z.unknown()),
        );
        cli.out(`only the newest secret of ${id} is valid now`);
        return;
      }
      const secret = chosenSecret(given, cli);
      const body = secret === undefined ? {} : { secret };
      const made = await withService(cli.settings(), (client) =>
        client.post(`/v1/devices/${encodeURIComponent(id)}/rotate`, body, DeviceSecret),
      );
      tellSecret(made, cli, { json: json === true, isChosen: secret !== undefined });
    });
  device
    .command('revoke <id>')
    .description('invalidate the secrets of a device and close its connections')
    .addHelpText('after', '\nExample:\n  klawing device revoke pbg-r03')
    .action(async (id: string) => {
      const { connections } = await withService(cli.settings(), (client) =>
        client.post(`/v1/devices/${encodeURIComponent(id)}/revoke`, {}, Revoked),
      );
      cli.out(`device ${id} revoked, ${connections} connection${connections === 1 ? '' : 's'} cut`);
    });
};

/** Devices and their secrets. */
export const device: Verb = {
  name: 'device',
  summary: 'add, list, show, diagnose, set, move, import, label, configure, command, rotate and revoke devices',
  examples: ['klawing device add pbg-r03 --station PBG-R03', 'klawing device revoke pbg-r03'],
  configure: (command, cli) => {
    configureAdd(command, cli);
    configureList(command, cli);
    configureShow(command, cli);
    configureClaims(command, cli);
    configureImport(command, cli);
    configureSet(command, cli);
    configureProfile(command, cli);
    configureMove(command, cli);
    configureConfig(command, cli);
    configureCommands(command, cli);
    configureChanges(command, cli);
  },
};
