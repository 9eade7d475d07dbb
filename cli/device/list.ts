import type { Command } from 'commander';
import { z } from 'zod';
import type { Client } from '#cli/client.ts';
import { withService } from '#cli/running-service.ts';
import { table } from '#cli/output/table.ts';
import type { CliContext } from '#cli/context.ts';

const Registered = z.object({ devices: z.array(z.looseObject({ id: z.string(), codec: z.string() })) });

const Fleet = z.object({
  devices: z.array(
    z.looseObject({
      id: z.string(),
      station: z.string().nullable(),
      every: z.string(),
      revoked: z.boolean(),
      presence: z.string(),
      silent_since: z.string().optional(),
      silent_cause: z.string().optional(),
      last_seen: z.string().optional(),
    }),
  ),
  next: z.string().nullable(),
});
type ListedDevice = z.infer<typeof Fleet>['devices'][number];

/** Devices of one page. */
const PAGE = '1000';

const everyPage = async (client: Client, silent: boolean): Promise<readonly ListedDevice[]> => {
  const query = new URLSearchParams({ limit: PAGE, ...(silent ? { silent: 'true' } : {}) });
  const devices: ListedDevice[] = [];
  for (;;) {
    const page = await client.get(`/v1/fleet?${query}`, Fleet);
    devices.push(...page.devices);
    if (page.next === null) return devices;
    query.set('after', page.next);
  }
};

const rowOf = (of: ListedDevice, codec: string): readonly string[] => [
  of.id,
  of.station ?? '–',
  codec,
  of.every,
  of.revoked ? 'revoked' : of.presence,
  of.silent_since === undefined ? '–' : `since ${of.silent_since}`,
  of.silent_cause ?? '–',
  of.last_seen ?? 'never',
];

/** `klawing device list`: the devices and their condition. */
export const configureList = (device: Command, world: CliContext): void => {
  device
    .command('list')
    .description('list the devices with connection, silence, its cause and the time of the last message')
    .option('--silent', 'silent devices only')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  klawing device list --silent')
    .action(async ({ silent, json }: { readonly silent?: true; readonly json?: true }) => {
      const { registered, fleet } = await withService(world.settings(), async (client) => ({
        registered: (await client.get('/v1/devices', Registered)).devices,
        fleet: await everyPage(client, silent === true),
      }));
      const byId = new Map(registered.map((of) => [of.id, of]));
      if (json === true) {
        world.out(
          JSON.stringify(
            fleet.map((of) => ({ ...byId.get(of.id), ...of })),
            undefined,
            2,
          ),
        );
      } else if (registered.length === 0) world.out('no devices yet; add one with "klawing device add --help"');
      else if (fleet.length === 0) world.out('no device is silent');
      else {
        const head = ['id', 'station', 'codec', 'every', 'presence', 'silent', 'cause', 'last seen'];
        world.out(
          table(
            head,
            fleet.map((of) => rowOf(of, byId.get(of.id)?.codec ?? '–')),
          ),
        );
      }
    });
};
