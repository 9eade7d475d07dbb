import type { Command } from 'commander';
import type { Client } from '#cli/client.ts';
import { withService } from '#cli/running-service.ts';
import { table } from '#cli/output/table.ts';
import type { CliContext } from '#cli/context.ts';
import { type FleetDevice, FleetList } from '#api/fleet/schema.ts';
import { snakeCase } from '#model/base/document.ts';
import { LISTED_SETTINGS } from '#model/registry/device.ts';
import { DeviceList } from '#registry/schema.ts';

/** Devices of one page. */
const PAGE = '1000';

const everyPage = async (client: Client, silent: boolean): Promise<readonly FleetDevice[]> => {
  const query = new URLSearchParams({ limit: PAGE, ...(silent ? { silent: 'true' } : {}) });
  const devices: FleetDevice[] = [];
  for (;;) {
    const page = await client.get(`/v1/fleet?${query}`, FleetList);
    devices.push(...page.devices);
    if (page.next === null) return devices;
    query.set('after', page.next);
  }
};

/** Settings of a registered device, as its document gives them. */
const settingsOf = (registered: object | undefined): readonly string[] =>
  LISTED_SETTINGS.map((name) => String(Reflect.get(registered ?? {}, snakeCase(name)) ?? '–'));

const rowOf = (device: FleetDevice, registered: object | undefined): readonly string[] => [
  device.id,
  device.station ?? '–',
  ...settingsOf(registered),
  device.revoked ? 'revoked' : device.presence,
  device.silent_since === undefined ? '–' : `since ${device.silent_since}`,
  device.silent_cause ?? '–',
  device.last_seen ?? 'never',
];

/** A member of a document as the head of a column: `silentAfter` becomes `silent after`. */
const headOf = (name: string): string => snakeCase(name).replaceAll('_', ' ');

/** `klawing device list`: the devices and their condition. */
export const configureList = (device: Command, cli: CliContext): void => {
  device
    .command('list')
    .description('list the devices with connection, silence, its cause and the time of the last message')
    .option('--silent', 'silent devices only')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  klawing device list --silent')
    .action(async ({ silent, json }: { readonly silent?: true; readonly json?: true }) => {
      const { registered, fleet } = await withService(cli.settings(), async (client) => ({
        registered: (await client.get('/v1/devices', DeviceList)).devices,
        fleet: await everyPage(client, silent === true),
      }));
      const byId = new Map(registered.map((of) => [of.id, of]));
      if (json === true) {
        cli.out(
          JSON.stringify(
            fleet.map((of) => ({ ...byId.get(of.id), ...of })),
            undefined,
            2,
          ),
        );
      } else if (registered.length === 0) cli.out('no devices yet; add one with "klawing device add --help"');
      else if (fleet.length === 0) cli.out('no device is silent');
      else {
        const head = ['id', 'station', ...LISTED_SETTINGS.map(headOf), 'presence', 'silent', 'cause', 'last seen'];
        cli.out(
          table(
            head,
            fleet.map((of) => rowOf(of, byId.get(of.id))),
          ),
        );
      }
    });
};
