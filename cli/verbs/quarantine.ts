import { type Command, InvalidArgumentError } from 'commander';
import type { z } from 'zod';
import { onOneLine } from '#model/base/printable.ts';
import { progressOf, resultOf } from '#cli/output/progress.ts';
import { withService } from '#cli/running-service.ts';
import { count, counter, table } from '#cli/output/table.ts';
import type { Verb, CliContext } from '#cli/context.ts';
import { DiscardAnswer, QuarantineDocument, QuarantineList, QuarantineReplayLine } from '#api/quarantine/schema.ts';

interface ListQuarantineOptions {
  readonly device?: string;
  readonly code?: string;
  readonly state?: string;
  readonly from?: string;
  readonly to?: string;
  readonly limit: string;
  readonly json?: true;
}

const configureList = (quarantine: Command, cli: CliContext): void => {
  quarantine
    .command('list')
    .description('list refused packets, newest first')
    .option('--device <id>', 'of one device only')
    .option('--code <code>', 'of this fault only, such as PROPERTY_UNKNOWN')
    .option('--state <state>', 'open, replayed or discarded')
    .option('--from <time>', 'arrived at or after (RFC 3339)')
    .option('--to <time>', 'arrived before')
    .option('--limit <count>', 'how many', '50')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  klawing quarantine list --device pbg-r03')
    .action(async ({ json, ...filters }: ListQuarantineOptions) => {
      const parameters = new URLSearchParams(Object.entries(filters));
      const { packets } = await withService(cli.settings(), (client) =>
        client.get(`/v1/quarantine?${parameters}`, QuarantineList),
      );
      if (json === true) cli.out(JSON.stringify(packets, undefined, 2));
      else if (packets.length === 0) cli.out('nothing in quarantine');
      else {
        const rows = packets.map((of) => [
          of.id,
          of.received_at,
          of.device,
          of.state,
          of.last?.by ?? '',
          of.parts.length,
          of.parts[0]?.code ?? '',
          of.parts[0]?.place ?? '',
          of.preview.slice(0, 40),
        ]);
        cli.out(table(['id', 'received', 'device', 'state', 'by', 'parts', 'first fault', 'place', 'payload'], rows));
      }
    });
};

/** Indents every line, so that text of a device never starts at the left margin. */
const indented = (text: string): string => text.replaceAll(/^/gm, '  ');

const tellPacket = (packet: z.infer<typeof QuarantineDocument>, cli: CliContext): void => {
  const { id, state, sequence, device, topic, received_at, codec, codec_version } = packet;
  cli.out(`packet ${id} (${state}), entry ${sequence} of the journal`);
  cli.out(onOneLine(`from ${device} on ${topic} at ${received_at}, codec ${codec} version ${codec_version}`));
  for (const { place, code, title, detail, readings } of packet.parts) {
    const where = place === '' ? 'the packet as a whole' : place;
    cli.out(`\n${onOneLine(`${code} at ${where}, ${count(readings, 'reading')}`)}`);
    cli.out(`  ${onOneLine(`${title}: ${detail}`)}`);
  }
  cli.out(`\n${indented(packet.text ?? 'no text')}\n\n${packet.hex.replaceAll(/(.{64})/g, '$1\n').trimEnd()}`);
  for (const { at, action, by, note } of packet.history) {
    const who = by === null ? '' : ` by ${by}`;
    cli.out(`\n${onOneLine(`${at} ${action}${who}${note === '' ? '' : `: ${note}`}`)}`);
  }
};

const configureShow = (quarantine: Command, cli: CliContext): void => {
  quarantine
    .command('show <id>')
    .description('show one refused packet with its bytes and every reason')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  klawing quarantine show 17')
    .action(async (id: string, { json }: { readonly json?: true }) => {
      const packet = await withService(cli.settings(), (client) =>
        client.get(`/v1/quarantine/${encodeURIComponent(id)}`, QuarantineDocument),
      );
      if (json === true) {
        cli.out(JSON.stringify(packet, undefined, 2));
        return;
      }
      tellPacket(packet, cli);
    });
};

interface ChoiceOptions {
  readonly device?: string;
  readonly code?: string;
  readonly from?: string;
  readonly to?: string;
  readonly by?: string;
  readonly all?: true;
  readonly json?: true;
}

const ids = (text: string, before: readonly number[] = []): readonly number[] => {
  const id = Number(text);
  if (!Number.isInteger(id) || id < 1) throw new InvalidArgumentError('It is not the id of a packet, such as 17.');
  return [...before, id];
};

const choosing = (command: Command): Command =>
  command
    .argument('[ids...]', 'packets by id; or one of the options below', ids)
    .option('--device <id>', 'every open packet of a device')
    .option('--code <code>', 'every open packet with this fault, such as PROPERTY_UNKNOWN')
    .option('--from <time>', 'every open packet that arrived at or after (RFC 3339)')
    .option('--to <time>', 'every open packet that arrived before')
    .option('--all', 'every open packet')
    .option('--by <name>', 'person who does it; "operator" by default');

const choiceOf = (chosen: readonly number[], { device, code, from, to, all, by }: ChoiceOptions): object => ({
  ...(chosen.length === 0 ? {} : { ids: chosen }),
  device,
  code,
  from,
  to,
  all,
  by,
});

interface ReplayOptions extends ChoiceOptions {
  readonly shift?: string;
  readonly newestProfiles?: true;
}

const configureReplay = (quarantine: Command, cli: CliContext): void => {
  choosing(quarantine.command('replay').description('run refused packets again, after their cause is corrected'))
    .option('--newest-profiles', 'by the newest version of the profile, not by that at the arrival')
    .option('--shift <span>', 'added to the times that the device gave, such as -7h for a clock that is ahead')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  klawing quarantine replay 17\n  klawing quarantine replay --device pbg-a01\n  klawing quarantine replay --device pbg-r03 --code TIME_LOCAL_AS_UTC --shift -7h',
    )
    .action(async (chosen: readonly number[], options: ReplayOptions) => {
      const draw = counter('packets replayed', cli.isTerminal);
      const body = {
        ...choiceOf(chosen, options),
        shift: options.shift,
        profiles: options.newestProfiles === true ? 'newest' : undefined,
      };
      const sums = await withService(cli.settings(), (client) =>
        resultOf(progressOf(client, '/v1/quarantine/replay', QuarantineReplayLine, body), ({ taken }) => draw(taken)),
      );
      if (options.json === true) cli.out(JSON.stringify(sums));
      else {
        cli.out(
          `${count(sums.taken, 'packet')} run again: ${sums.replayed} accepted, ${sums.refused_again} refused again`,
        );
        cli.out(
          `${count(sums.stored, 'reading')} stored (${sums.revised} of them corrections), ${count(sums.duplicates, 'duplicate')}`,
        );
      }
      if (sums.refused_again > 0) cli.fail();
    });
};

const configureDiscard = (quarantine: Command, cli: CliContext): void => {
  choosing(quarantine.command('discard').description('discard refused packets, with a reason that is kept'))
    .requiredOption('--reason <text>', 'why; it stays with each packet')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  klawing quarantine discard 17 18 --by Sari --reason "test messages of the vendor"',
    )
    .action(async (chosen: readonly number[], options: ChoiceOptions & { readonly reason: string }) => {
      const body = { ...choiceOf(chosen, options), reason: options.reason };
      const { discarded } = await withService(cli.settings(), (client) =>
        client.post('/v1/quarantine/discard', body, DiscardAnswer),
      );
      cli.out(options.json === true ? JSON.stringify({ discarded }) : `${count(discarded, 'packet')} discarded`);
    });
};

/** Refused packets and their reasons; replay and discard. */
export const quarantine: Verb = {
  name: 'quarantine',
  summary: 'list, show, replay and discard refused packets',
  examples: [
    'klawing quarantine list',
    'klawing quarantine show 17',
    'klawing quarantine replay --device pbg-a01',
    'klawing quarantine discard 17 --reason "test message"',
  ],
  configure: (command, cli) => {
    configureList(command, cli);
    configureShow(command, cli);
    configureReplay(command, cli);
    configureDiscard(command, cli);
  },
};
