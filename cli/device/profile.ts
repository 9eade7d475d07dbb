import type { Command } from 'commander';
import { stringify } from 'yaml';
import { decodePayload, tellDecoded } from '#cli/device/decode.ts';
import { withService } from '#cli/running-service.ts';
import { table } from '#cli/output/table.ts';
import type { CliContext } from '#cli/context.ts';
import { Fault } from '#model/base/fault.ts';
import { ProfileList } from '#api/decode/schema.ts';

const listed = async (cli: CliContext) => {
  const { profiles } = await withService(cli.settings(), (client) => client.get('/v1/profiles', ProfileList));
  return profiles;
};

/** `klawing device profile list`, `show` and `try`. */
export const configureProfile = (device: Command, cli: CliContext): void => {
  const profile = device.command('profile').description('profiles: how the messages of one kind of device are read');
  profile
    .command('list')
    .description('list the profiles')
    .option('--json', 'as JSON')
    .action(async ({ json }: { readonly json?: true }) => {
      const profiles = await listed(cli);
      if (json === true) cli.out(JSON.stringify(profiles, undefined, 2));
      else {
        const rows = profiles.map(({ profile: { id, version, families, title }, devices }) => [
          id,
          version,
          families.join(', '),
          devices,
          title.en,
        ]);
        cli.out(table(['profile', 'version', 'for', 'devices', 'title'], rows));
      }
    });
  profile
    .command('show <id>')
    .description('show the recipe of a profile, as its file has it')
    .option('--json', 'as JSON')
    .action(async (id: string, { json }: { readonly json?: true }) => {
      const found = (await listed(cli)).find((one) => one.profile.id === id);
      if (found === undefined)
        throw new Fault('NOT_FOUND', `there is no profile "${id}"; see klawing device profile list`);
      cli.out(json === true ? JSON.stringify(found.profile, undefined, 2) : stringify(found.profile).trimEnd());
    });
  profile
    .command('try <id>')
    .description('show what a profile makes of a payload; nothing is stored')
    .requiredOption('--file <path>', 'file with the payload')
    .option('--topic <topic>', 'topic below v1/<device>/', 'readings')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  klawing device profile try airrohr-sds011-bme280 --file message.json')
    .action(async (id: string, options: { readonly file: string; readonly topic: string; readonly json?: true }) => {
      const decoded = await decodePayload({ profile: id, topic: options.topic }, options.file, cli);
      tellDecoded(decoded, options.json === true, cli);
    });
};
