import type { Command } from 'commander';
import type { z } from 'zod';
import type { Client } from '#cli/client.ts';
import { withService } from '#cli/running-service.ts';
import { table } from '#cli/output/table.ts';
import type { CliContext } from '#cli/context.ts';
import { Fault } from '#model/base/fault.ts';
import { RefusalList } from '#api/devices/refusals-schema.ts';
import { DeviceDocument } from '#registry/schema.ts';

type Refusals = z.infer<typeof RefusalList>;

/** Refusals in the answer for one device: all that are remembered of one name. */
const OF_DEVICE = 1_000;

const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

const tellRefusals = ({ refusals, total, complete }: Refusals, isOfAll: boolean, cli: CliContext): void => {
  const rows = refusals.map((one) => [
    one.at,
    one.count,
    ...(isOfAll ? [one.name ?? '–', one.registered ? 'yes' : 'no'] : []),
    one.address ?? '–',
    one.client ?? '–',
    `${one.cause}: ${one.explanation.en}${one.detail === null ? '' : ` (${one.detail})`}`,
  ]);
  const ofAll = isOfAll ? ['name', 'registered'] : [];
  if (rows.length === 0) cli.out('no connection, packet or post was refused since the start of the service');
  else cli.out(table(['last at', 'count', ...ofAll, 'address', 'client id', 'refused because'], rows));
  if (refusals.length < total) cli.out(`\n${total - refusals.length} older ones are not shown; see --limit`);
  if (!complete) cli.error('the broker does not answer: refusals of MQTT are missing');
};

const refusalsOf = (client: Client, name: string): Promise<Refusals> =>
  client.get(`/v1/refusals?name=${encodeURIComponent(name)}&limit=${OF_DEVICE}`, RefusalList);

/** The registration; undefined where there is none and the refusals of the name tell more than an error would. */
const registrationOf = async (client: Client, id: string, { total }: Refusals) => {
  try {
    return await client.get(`/v1/devices/${encodeURIComponent(id)}`, DeviceDocument);
  } catch (error) {
    if (error instanceof Fault && (error.code === 'NOT_FOUND' || error.code === 'REQUEST_INVALID') && total > 0)
      return undefined;
    throw error;
  }
};

/** `klawing device show` and `klawing device refusals`. */
export const configureShow = (device: Command, cli: CliContext): void => {
  device
    .command('show <id>')
    .description('show the registration of a device, and why it was refused lately')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  klawing device show pbg-r03')
    .action(async (id: string, { json }: { readonly json?: true }) => {
      const { found, refused } = await withService(cli.settings(), async (client) => {
        const refusals = await refusalsOf(client, id);
        return { refused: refusals, found: await registrationOf(client, id, refusals) };
      });
      if (json === true) {
        cli.out(JSON.stringify({ ...found, refusals: refused.refusals }, undefined, 2));
        return;
      }
      if (found === undefined) cli.out(`no device is registered as "${id}", but a client came with this name`);
      else {
        cli.out(
          table(
            ['member', 'value'],
            Object.entries(found).map(([name, value]) => [name, text(value)]),
          ),
        );
      }
      cli.out('');
      tellRefusals(refused, false, cli);
    });
  device
    .command('refusals')
    .description('list the refused connections, packets and posts, also of names that are not registered')
    .option('--limit <count>', 'how many', '100')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  klawing device refusals')
    .action(async ({ limit, json }: { readonly limit: string; readonly json?: true }) => {
      const path = `/v1/refusals?limit=${encodeURIComponent(limit)}`;
      const found = await withService(cli.settings(), (client) => client.get(path, RefusalList));
      if (json === true) cli.out(JSON.stringify(found, undefined, 2));
      else tellRefusals(found, true, cli);
    });
};
