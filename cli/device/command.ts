import type { Command } from 'commander';
import type { z } from 'zod';
import type { Client } from '#cli/client.ts';
import { configText } from './config.ts';
import { onOneLine } from '#model/base/printable.ts';
import { argumentValue, pair, type Pairs } from '#cli/option-values.ts';
import { withService } from '#cli/running-service.ts';
import { table } from '#cli/output/table.ts';
import type { CliContext } from '#cli/context.ts';
import { systemClock } from '#model/base/clock.ts';
import { parseDuration, seconds } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import { CommandDocument, CommandList, ConfigDocument } from '#api/commands/schema.ts';

type SentCommand = z.infer<typeof CommandDocument>;

const POLL = seconds(0.25);

const pathOf = (id: string): string => `/v1/devices/${encodeURIComponent(id)}/commands`;

/** Polls until the command has ended, the time is over or the user stops it. */
const untilClosed = async (
  client: Client,
  sent: SentCommand,
  wait: string,
  ended: AbortSignal,
): Promise<SentCommand> => {
  const span = parseDuration(wait);
  if (span === undefined) throw new Fault('REQUEST_INVALID', `--wait "${wait}" is not a duration; write 30s or 10m`);
  const until = systemClock.monotonic() + span.ms;
  let now = sent;
  while (now.closed_at === null && systemClock.monotonic() < until && !ended.aborted) {
    await systemClock.sleep(POLL, ended);
    now = await client.get(`${pathOf(sent.device)}/${sent.id}`, CommandDocument);
  }
  return now;
};

interface CommandOptions {
  readonly set?: Pairs;
  readonly within?: string;
  readonly wait?: string;
  readonly by?: string;
  readonly json?: true;
}

const replyText = (reply: unknown): string =>
  reply === null ? '' : typeof reply === 'string' ? reply : JSON.stringify(reply);

const give = async (id: string, name: string, options: CommandOptions, cli: CliContext): Promise<void> => {
  const { set, within, wait, by, json } = options;
  const body = {
    name,
    arguments: Object.fromEntries((set ?? []).map(([key, value]) => [key, argumentValue(value)])),
    ...(within === undefined ? {} : { within }),
    ...(by === undefined ? {} : { by }),
  };
  const command = await withService(cli.settings(), async (client) => {
    const sent = await client.post(pathOf(id), body, CommandDocument);
    return wait === undefined ? sent : untilClosed(client, sent, wait, cli.ended);
  });
  if (json === true) cli.out(JSON.stringify(command, undefined, 2));
  else {
    const answer = onOneLine(replyText(command.reply));
    cli.out(`command ${command.id} (${name}) to ${id}: ${command.state} ${answer}`.trimEnd());
  }
  if (wait !== undefined && command.closed_at === null) {
    cli.error(`no answer within ${wait}; it stays valid until ${command.expires_at}: see klawing device history ${id}`);
  }
  // with --wait the exit status tells whether the answer was a success
  if (wait !== undefined && command.state !== 'answered') cli.fail();
};

const tellHistory = async (id: string, limit: string, json: boolean, cli: CliContext): Promise<void> => {
  const { commands, changes } = await withService(cli.settings(), async (client) => ({
    ...(await client.get(`${pathOf(id)}?limit=${encodeURIComponent(limit)}`, CommandList)),
    ...(await client.get(`/v1/devices/${encodeURIComponent(id)}/config`, ConfigDocument)),
  }));
  if (json) {
    cli.out(JSON.stringify({ commands, changes }, undefined, 2));
    return;
  }
  const rows = [
    ...commands.map((of) => [of.created_at, of.by ?? '', of.name, of.state, replyText(of.reply).slice(0, 60)]),
    ...changes.map(({ at, by, revision, config }) => [
      at,
      by ?? '',
      'config',
      `revision ${revision}`,
      configText(config),
    ]),
  ].toSorted(([a = ''], [b = '']) => (a < b ? 1 : -1));
  if (rows.length === 0) cli.out(`nothing has been sent to ${id}`);
  else cli.out(table(['at', 'by', 'what', 'state', 'answer, or what was set'], rows));
};

/** `klawing device command` and `klawing device history` */
export const configureCommands = (device: Command, cli: CliContext): void => {
  device
    .command('command <id> <name>')
    .description('send a command to a device, such as reboot; a sleeping device gets it when it wakes up')
    .option('--set <key=value>', 'an argument of the command; more than once', pair)
    .option('--within <span>', 'time in which it may be executed, up to 30d', '10m')
    .option('--wait <span>', 'wait for the answer, at most this long; status 1 without a good one')
    .option('--by <name>', 'who gives it, for the history')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  klawing device command pbg-r03 reboot --wait 30s')
    .action((id: string, name: string, options: CommandOptions) => give(id, name, options, cli));
  device
    .command('history <id>')
    .description('show the commands and configs of a device, their senders and results')
    .option('--limit <count>', 'how many commands', '50')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  klawing device history pbg-r03')
    .action((id: string, { limit, json }: { readonly limit: string; readonly json?: true }) =>
      tellHistory(id, limit, json === true, cli),
    );
};
