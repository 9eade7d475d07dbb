import { decodePayload, tellDecoded } from '#cli/device/decode.ts';
import type { Verb } from '#cli/context.ts';

interface DecodeOptions {
  readonly device: string;
  readonly file: string;
  readonly topic: string;
  readonly at?: string;
  readonly newestProfiles?: true;
  readonly json?: true;
}

/** A payload, explained step by step. */
export const decode: Verb = {
  name: 'decode',
  summary: 'show what a payload of a device would become; nothing is stored',
  examples: [
    'klawing decode --device pbg-a03 --file message.json',
    'klawing decode --device pbg-a03 --topic tele/SENSOR --file message.json',
  ],
  configure: (command, cli) => {
    command
      .requiredOption('--device <id>', 'device that would send it')
      .requiredOption('--file <path>', 'file with the payload')
      .option('--topic <topic>', 'topic below v1/<device>/, or the whole topic of a network server', 'readings')
      .option('--at <time>', 'time of its arrival (RFC 3339); now otherwise')
      .option('--newest-profiles', 'by the newest version of the profile, not by that at the arrival')
      .option('--json', 'as JSON')
      .action(async ({ device, file, topic, at, newestProfiles, json }: DecodeOptions) => {
        const profiles = newestProfiles === true ? 'newest' : undefined;
        tellDecoded(await decodePayload({ device, topic, received_at: at, profiles }, file, cli), json === true, cli);
      });
  },
};
