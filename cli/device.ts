import type { Command } from 'commander';
import { z } from 'zod';
import { withService } from './service.ts';
import { table } from './table.ts';
import type { Verb, World } from './verb.ts';

const DeviceSecret = z.object({ device: z.string(), secret: z.string() });

const DeviceList = z.object({
  devices: z.array(
    z.object({
      id: z.string(),
      codec: z.string(),
      every: z.string(),
      assignments: z.array(z.object({ station: z.string(), from: z.string() })),
      revoked: z.boolean(),
    }),
  ),
});

interface AddOptions {
  readonly station: string;
  readonly codec: string;
  readonly every: string;
  readonly secret?: string;
  readonly json?: true;
}

const tellSecret = ({ device, secret }: z.infer<typeof DeviceSecret>, world: World, json: boolean): void => {
  if (json) {
    world.out(JSON.stringify({ device, secret }));
    return;
  }
  world.out(`device ${device}\nsecret ${secret}\n`);
  world.out('The secret is shown this once. MQTT user name and client id are the device, the password is the secret:');
  world.out(
    `  mosquitto_pub -q 1 -i ${device} -u ${device} -P '${secret}' -t v1/${device}/readings -m '{"values":{…}}'`,
  );
};

const configureAdd = (device: Command, world: World): void => {
  device
    .command('add <id>')
    .description('register a device at a station, and print its secret once')
    .requiredOption('--station <id>', 'station that it belongs to')
    .option('--codec <name>', 'payload format of its plain topic', 'json')
    .option('--every <span>', 'how often it is expected to report, such as 60s', '60s')
    .option('--secret <text>', 'a chosen secret of 16 characters or more; one is made otherwise')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  klawing device add pbg-r03 --station PBG-R03 --every 60s')
    .action(async (id: string, { station, codec, every, secret, json }: AddOptions) => {
      const body = { id, station, codec, every, ...(secret === undefined ? {} : { secret }) };
      const made = await withService(world.settings(), (client) => client.post('/v1/devices', body, DeviceSecret));
      tellSecret(made, world, json === true);
    });
};

const configureList = (device: Command, world: World): void => {
  device
    .command('list')
    .description('list the devices')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  klawing device list')
    .action(async ({ json }: { readonly json?: true }) => {
      const { devices } = await withService(world.settings(), (client) => client.get('/v1/devices', DeviceList));
      if (json === true) world.out(JSON.stringify(devices, undefined, 2));
      else if (devices.length === 0) world.out('no devices yet; add one with "klawing device add --help"');
      else {
        const rows = devices.map((of) => [
          of.id,
          of.assignments.at(-1)?.station ?? '–',
          of.codec,
          of.every,
          of.revoked ? 'revoked' : 'active',
        ]);
        world.out(table(['id', 'station', 'codec', 'every', 'state'], rows));
      }
    });
};

const configureChanges = (device: Command, world: World): void => {
  device
    .command('rotate <id>')
    .description('give a device a new secret; the one before stays valid until the next rotation')
    .option('--secret <text>', 'a chosen secret of 16 characters or more')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  klawing device rotate pbg-r03')
    .action(async (id: string, { secret, json }: { readonly secret?: string; readonly json?: true }) => {
      const body = secret === undefined ? {} : { secret };
      const made = await withService(world.settings(), (client) =>
        client.post(`/v1/devices/${encodeURIComponent(id)}/rotate`, body, DeviceSecret),
      );
      tellSecret(made, world, json === true);
    });
  device
    .command('revoke <id>')
    .description('take a device its secrets, and cut its connections')
    .addHelpText('after', '\nExample:\n  klawing device revoke pbg-r03')
    .action(async (id: string) => {
      const { connections } = await withService(world.settings(), (client) =>
        client.post(`/v1/devices/${encodeURIComponent(id)}/revoke`, {}, z.object({ connections: z.number() })),
      );
      world.out(`device ${id} revoked, ${connections} connection${connections === 1 ? '' : 's'} cut`);
    });
};

/** Devices and their secrets. */
export const device: Verb = {
  name: 'device',
  summary: 'add, list, rotate and revoke devices',
  examples: ['klawing device add pbg-r03 --station PBG-R03', 'klawing device revoke pbg-r03'],
  configure: (command, world) => {
    configureAdd(command, world);
    configureList(command, world);
    configureChanges(command, world);
  },
};
