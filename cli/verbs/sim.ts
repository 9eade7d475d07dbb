import { Option } from 'commander';
import { z } from 'zod';
import type { Client } from '#cli/client.ts';
import { openDataFolder } from '#runtime/data-folder.ts';
import { registerFleet } from '#cli/demo-secrets.ts';
import { makeLog } from '#cli/output/log.ts';
import { number } from '#cli/option-values.ts';
import { runningService } from '#cli/running-service.ts';
import { untilEnded } from '#cli/process.ts';
import type { Verb, CliContext } from '#cli/context.ts';
import { rosterOf, startFleet } from '#firmware-sim/fleet.ts';
import { SCENARIOS } from '#firmware-sim/scenarios/index.ts';
import { SimSettings } from '#firmware-sim/settings.ts';
import { systemClock } from '#model/base/clock.ts';
import { seconds } from '#model/base/duration.ts';
import { Fault, isOutage } from '#model/base/fault.ts';
import type { Log } from '#model/base/log.ts';

const READY_POLL = seconds(0.25);
const TELL_EVERY = seconds(60);

/** Waits until the service accepts readings; false when the process was asked to end first. */
const untilReady = async (client: Client, log: Log, signal: AbortSignal): Promise<boolean> => {
  for (let tries = 0; !signal.aborted; tries += 1) {
    try {
      await client.get('/readyz', z.unknown());
      return true;
    } catch (error) {
      if (!isOutage(error)) throw error;
      if (tries === 40) log.info('waiting for the service', { url: client.url });
    }
    await systemClock.sleep(READY_POLL, signal);
  }
  return false;
};

interface SimOptions {
  readonly devices?: number;
  readonly interval?: string;
  readonly seed?: number;
  readonly speedUp?: number;
  readonly span?: string;
  readonly mishaps: boolean;
  readonly scenario?: readonly string[];
  readonly url?: string;
}

const scenarioHelp = SCENARIOS.map(({ name, summary }) => `  ${name.padEnd(12)}${summary}`).join('\n');

const readOptions = (given: object): SimSettings => {
  const read = SimSettings.safeParse(given);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const option = String(issue?.path[0] ?? '').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new Fault('SETTING_INVALID', `--${option}: ${issue?.message ?? 'it cannot be used'}; see klawing sim --help`);
};

const run = async ({ scenario, ...options }: SimOptions, cli: CliContext): Promise<void> => {
  const settings = cli.settings();
  const log = makeLog({ level: settings.log, part: 'sim', isPretty: cli.isTerminal });
  const url = options.url ?? `mqtt://127.0.0.1:${settings.broker.mqttPort}`;
  const sim = readOptions({ ...options, scenarios: scenario, url });
  const client = runningService(settings);
  if (!(await untilReady(client, log, cli.ended))) return;
  const secrets = await registerFleet(client, rosterOf(sim), openDataFolder(settings.data).demoSecrets);
  const fleet = startFleet(sim, { clock: systemClock, log, secrets });
  log.info('fleet started', { devices: secrets.size, url: sim.url });
  const telling = systemClock.every(TELL_EVERY, () => log.info('fleet', { ...fleet.stats() }));
  await untilEnded(cli.ended);
  telling.stop();
  await fleet.stop();
  log.info('fleet stopped', { ...fleet.stats() });
};

/** A simulated fleet against a running service. */
export const sim: Verb = {
  name: 'sim',
  summary: 'run a simulated fleet against the running service',
  examples: [
    'klawing sim',
    'klawing sim --devices 1000 --interval 10s',
    'klawing sim --speed-up 600 --span 2d',
    'klawing sim --scenario flood --speed-up 60 --span 6h',
  ],
  configure: (command, cli) => {
    command
      .option(
        '--devices <count>',
        'a synthetic fleet of this size; the demo stations of Purbalingga by default',
        number,
      )
      .option('--interval <span>', 'simulated time between two reports of a device, such as 10s')
      .option('--seed <number>', 'the same seed gives the same values', number)
      .option('--speed-up <factor>', 'simulated seconds in one real second; starts in the past', number)
      .option('--span <span>', 'time before now at which a speed-up starts, such as 2d')
      .option('--no-mishaps', 'without drop-outs, spikes and reboots')
      .addOption(
        new Option('--scenario <name...>', 'a scenario to play; more than once').choices(
          SCENARIOS.map(({ name }) => name),
        ),
      )
      .addHelpText('after', `\nScenarios:\n${scenarioHelp}`)
      .option('--url <url>', 'address of the broker; from the settings by default')
      .action((options: SimOptions) => run(options, cli));
  },
};
