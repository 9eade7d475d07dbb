import type { Command } from 'commander';
import { z } from 'zod';
import { pair, type Pairs } from './order-value.ts';
import { withService } from './service.ts';
import type { World } from './verb.ts';

const Changed = z.looseObject({
  id: z.string(),
  codec: z.string(),
  every: z.string(),
  silent_after: z.string().optional(),
  fields: z.record(z.string(), z.looseObject({ property: z.string() })),
});

interface SetOptions {
  readonly every?: string;
  readonly silentAfter?: string;
  readonly codec?: string;
  readonly rename?: Pairs;
  readonly json?: true;
}

const bodyOf = ({ every, silentAfter, codec, rename = [] }: SetOptions) => ({
  ...(every === undefined ? {} : { every }),
  ...(silentAfter === undefined ? {} : { silent_after: silentAfter === 'none' ? null : silentAfter }),
  ...(codec === undefined ? {} : { codec }),
  fields: Object.fromEntries(rename.map(([field, property]) => [field, property === '' ? null : { property }])),
});

/** `klawing device set`: changes what is registered of a device. */
export const configureSet = (device: Command, world: World): void => {
  device
    .command('set <id>')
    .description('change what is registered of a device; what is not named stays')
    .option('--every <span>', 'how often it is expected to report, such as 60s')
    .option('--silent-after <span>', 'silence that is allowed to it, such as 6h; "none" for three missed reports')
    .option('--codec <name>', 'payload format of its plain topic')
    .option('--rename <field=property>', 'what a field of its payload is called here; nothing behind = ends it', pair)
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  klawing device set pbg-r03 --silent-after 6h --rename PM25=pm2_5')
    .action(async (id: string, options: SetOptions) => {
      const made = await withService(world.settings(), (client) =>
        client.patch(`/v1/devices/${encodeURIComponent(id)}`, bodyOf(options), Changed),
      );
      if (options.json === true) world.out(JSON.stringify(made, undefined, 2));
      else {
        const fields = Object.entries(made.fields).map(([field, { property }]) => `${field}=${property}`);
        const silence = made.silent_after === undefined ? '' : `, may be silent for ${made.silent_after}`;
        world.out(`device ${made.id}: ${made.codec}, every ${made.every}${silence}`);
        if (fields.length > 0) world.out(`fields ${fields.join(' ')}`);
      }
    });
};
