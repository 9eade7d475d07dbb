import type { Command } from 'commander';
import type { Client } from '#cli/client.ts';
import { type NetworkBody, type NetworkOptions, networkOf, withNetworkOptions } from './network.ts';
import { type GivenOptions, settingsOf, withSettings } from './settings.ts';
import { pair, type Pairs } from '#cli/option-values.ts';
import { withService } from '#cli/running-service.ts';
import type { CliContext } from '#cli/context.ts';
import { DeviceDocument } from '#registry/schema.ts';

interface SetOptions extends NetworkOptions, GivenOptions {
  readonly network?: boolean;
  readonly rename?: Pairs;
  readonly ignored?: string;
  readonly missing?: Pairs;
  readonly json?: true;
}

/** Network server by the options, over the registered one; undefined without an option, null to remove it. */
const networkAfter = async (
  client: Client,
  id: string,
  options: SetOptions,
): Promise<NetworkBody | null | undefined> => {
  if (options.network === false) return null;
  if (networkOf(options) === undefined) return undefined;
  const { network } = await client.get(`/v1/devices/${encodeURIComponent(id)}`, DeviceDocument);
  return networkOf(options, network);
};

/** Names with commas between them; "none" removes the list. */
const ignoredOf = ({ ignored }: SetOptions) =>
  ignored === undefined ? {} : { ignored: ignored === 'none' ? null : ignored.split(',').map((name) => name.trim()) };

type Mappings = Record<string, { property?: string; missing?: readonly number[] } | null>;

/** Mappings by the options; a field with codes alone keeps its property, or has the name of one. */
const fieldsOf = async (client: Client, id: string, { rename = [], missing = [] }: SetOptions): Promise<Mappings> => {
  const fields: Mappings = Object.fromEntries(
    rename.map(([field, property]) => [field, property === '' ? null : { property }]),
  );
  if (missing.length === 0) return fields;
  const registered = await client.get(`/v1/devices/${encodeURIComponent(id)}`, DeviceDocument);
  for (const [field, codes] of missing) {
    const property = fields[field]?.property ?? registered.fields[field]?.property ?? field;
    fields[field] = { property, missing: codes.split(',').map(Number) };
  }
  return fields;
};

const bodyOf = (options: SetOptions) => ({ ...settingsOf(options), ...ignoredOf(options) });

/** `klawing device set`: changes the registration of a device. */
export const configureSet = (device: Command, cli: CliContext): void => {
  const set = device
    .command('set <id>')
    .description('change the registration of a device; other members stay')
    .option('--rename <field=property>', 'property for a field of its payload; nothing after = removes it', pair)
    .option('--missing <field=numbers>', 'numbers that mean a missing value, with commas between', pair)
    .option('--ignored <fields>', 'fields that are not wanted, with commas between; "none" removes the list')
    .option('--no-network', 'remove its network server')
    .option('--json', 'as JSON');
  withSettings(set, {}, true);
  withNetworkOptions(set)
    .addHelpText(
      'after',
      '\nExamples:\n  klawing device set pbg-r03 --silent-after 6h --rename PM25=pm2_5' +
        '\n  klawing device set pbg-w01 --application sampah@ttn --port 85 --downlink reboot=ff10ff',
    )
    .action(async (id: string, options: SetOptions) => {
      const made = await withService(cli.settings(), async (client) => {
        const network = await networkAfter(client, id, options);
        const fields = await fieldsOf(client, id, options);
        const body = { ...bodyOf(options), fields, ...(network === undefined ? {} : { network }) };
        return client.patch(`/v1/devices/${encodeURIComponent(id)}`, body, DeviceDocument);
      });
      if (options.json === true) cli.out(JSON.stringify(made, undefined, 2));
      else {
        const fields = Object.entries(made.fields).map(([field, { property, missing }]) => {
          const codes = missing === undefined ? '' : ` (missing: ${missing.join(', ')})`;
          return `${field}=${property}${codes}`;
        });
        const silence = made.silent_after === undefined ? '' : `, may be silent for ${made.silent_after}`;
        cli.out(`device ${made.id}: ${made.codec}, every ${made.every}${silence}`);
        if (fields.length > 0) cli.out(`fields ${fields.join(' ')}`);
        if (made.ignored !== undefined) cli.out(`ignored ${made.ignored.join(' ')}`);
      }
    });
};
