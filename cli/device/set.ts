import type { Command } from 'commander';
import { z } from 'zod';
import type { Client } from '#cli/client.ts';
import { type NetworkBody, type NetworkOptions, networkOf, withNetworkOptions } from './network.ts';
import { pair, type Pairs } from '#cli/option-values.ts';
import { withService } from '#cli/running-service.ts';
import type { CliContext } from '#cli/context.ts';

const Changed = z.looseObject({
  id: z.string(),
  codec: z.string(),
  every: z.string(),
  silent_after: z.string().optional(),
  fields: z.record(z.string(), z.looseObject({ property: z.string() })),
});

interface SetOptions extends NetworkOptions {
  readonly externalId?: string;
  readonly network?: boolean;
  readonly every?: string;
  readonly silentAfter?: string;
  readonly codec?: string;
  readonly rename?: Pairs;
  readonly json?: true;
}

const Registered = z.object({
  devices: z.array(
    z.looseObject({
      id: z.string(),
      network: z
        .object({
          application: z.string().exactOptional(),
          port: z.number().exactOptional(),
          confirmed: z.boolean().exactOptional(),
          bytes: z.record(z.string(), z.string()).exactOptional(),
          raw: z.boolean().exactOptional(),
        })
        .optional(),
    }),
  ),
});

/** Network server by the options, over the registered one; undefined without an option, null to remove it. */
const networkAfter = async (
  client: Client,
  id: string,
  options: SetOptions,
): Promise<NetworkBody | null | undefined> => {
  if (options.network === false) return null;
  if (networkOf(options) === undefined) return undefined;
  const { devices } = await client.get('/v1/devices', Registered);
  return networkOf(options, devices.find((of) => of.id === id)?.network);
};

const bodyOf = ({ every, silentAfter, codec, externalId, rename = [] }: SetOptions) => ({
  ...(externalId === undefined ? {} : { external_id: externalId }),
  ...(every === undefined ? {} : { every }),
  ...(silentAfter === undefined ? {} : { silent_after: silentAfter === 'none' ? null : silentAfter }),
  ...(codec === undefined ? {} : { codec }),
  fields: Object.fromEntries(rename.map(([field, property]) => [field, property === '' ? null : { property }])),
});

/** `klawing device set`: changes the registration of a device. */
export const configureSet = (device: Command, world: CliContext): void => {
  const set = device
    .command('set <id>')
    .description('change the registration of a device; other members stay')
    .option('--every <span>', 'expected reporting interval, such as 60s')
    .option('--silent-after <span>', 'time until it counts as silent, such as 6h; "none" for three missed reports')
    .option('--codec <name>', 'payload format of its plain topic')
    .option('--rename <field=property>', 'property for a field of its payload; nothing after = removes it', pair)
    .option('--external-id <id>', 'its id at the network server: DevEUI, or device id of The Things Stack')
    .option('--no-network', 'remove its network server')
    .option('--json', 'as JSON');
  withNetworkOptions(set)
    .addHelpText(
      'after',
      '\nExamples:\n  klawing device set pbg-r03 --silent-after 6h --rename PM25=pm2_5' +
        '\n  klawing device set pbg-w01 --application sampah@ttn --port 85 --downlink reboot=ff10ff',
    )
    .action(async (id: string, options: SetOptions) => {
      const made = await withService(world.settings(), async (client) => {
        const network = await networkAfter(client, id, options);
        const body = { ...bodyOf(options), ...(network === undefined ? {} : { network }) };
        return client.patch(`/v1/devices/${encodeURIComponent(id)}`, body, Changed);
      });
      if (options.json === true) world.out(JSON.stringify(made, undefined, 2));
      else {
        const fields = Object.entries(made.fields).map(([field, { property }]) => `${field}=${property}`);
        const silence = made.silent_after === undefined ? '' : `, may be silent for ${made.silent_after}`;
        world.out(`device ${made.id}: ${made.codec}, every ${made.every}${silence}`);
        if (fields.length > 0) world.out(`fields ${fields.join(' ')}`);
      }
    });
};
