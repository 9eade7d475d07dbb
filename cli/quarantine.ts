import type { Command } from 'commander';
import { z } from 'zod';
import { withService } from './service.ts';
import { table } from './table.ts';
import type { Verb, World } from './verb.ts';

const Part = z.object({
  place: z.string(),
  code: z.string(),
  title: z.string(),
  detail: z.string(),
  readings: z.number(),
});

const Packet = z.object({
  id: z.number(),
  state: z.string(),
  sequence: z.number(),
  device: z.string(),
  topic: z.string(),
  codec: z.string(),
  received_at: z.string(),
  bytes: z.number(),
  parts: z.array(Part),
});

const PacketList = z.object({ packets: z.array(Packet) });
const PacketBytes = Packet.extend({ text: z.string().nullable(), hex: z.string() });

interface ListOptions {
  readonly device?: string;
  readonly code?: string;
  readonly state?: string;
  readonly limit: string;
  readonly json?: true;
}

const configureList = (quarantine: Command, world: World): void => {
  quarantine
    .command('list')
    .description('list refused packets, newest first')
    .option('--device <id>', 'of one device only')
    .option('--code <code>', 'with this fault only, such as PROPERTY_UNKNOWN')
    .option('--state <state>', 'open, replayed or discarded')
    .option('--limit <count>', 'how many', '50')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  klawing quarantine list --device pbg-r03')
    .action(async ({ json, ...filters }: ListOptions) => {
      const parameters = new URLSearchParams(Object.entries(filters));
      const { packets } = await withService(world.settings(), (client) =>
        client.get(`/v1/quarantine?${parameters}`, PacketList),
      );
      if (json === true) world.out(JSON.stringify(packets, undefined, 2));
      else if (packets.length === 0) world.out('nothing in quarantine');
      else {
        const rows = packets.map((of) => [
          of.id,
          of.received_at,
          of.device,
          of.state,
          of.parts.length,
          of.parts[0]?.code ?? '',
          of.parts[0]?.place ?? '',
        ]);
        world.out(table(['id', 'received', 'device', 'state', 'parts', 'first fault', 'place'], rows));
      }
    });
};

const configureShow = (quarantine: Command, world: World): void => {
  quarantine
    .command('show <id>')
    .description('show one refused packet with its bytes and every reason')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  klawing quarantine show 17')
    .action(async (id: string, { json }: { readonly json?: true }) => {
      const packet = await withService(world.settings(), (client) =>
        client.get(`/v1/quarantine/${encodeURIComponent(id)}`, PacketBytes),
      );
      if (json === true) {
        world.out(JSON.stringify(packet, undefined, 2));
        return;
      }
      world.out(`packet ${packet.id} (${packet.state}), entry ${packet.sequence} of the journal`);
      world.out(`from ${packet.device} on ${packet.topic} at ${packet.received_at}, codec ${packet.codec}`);
      for (const { place, code, title, detail, readings } of packet.parts) {
        world.out(`\n${code} at ${place === '' ? 'the packet as a whole' : place}, ${readings} readings`);
        world.out(`  ${title}: ${detail}`);
      }
      world.out(`\n${packet.text ?? packet.hex}`);
    });
};

/** Refused packets and their reasons. */
export const quarantine: Verb = {
  name: 'quarantine',
  summary: 'list and show refused packets',
  examples: ['klawing quarantine list', 'klawing quarantine show 17'],
  configure: (command, world) => {
    configureList(command, world);
    configureShow(command, world);
  },
};
