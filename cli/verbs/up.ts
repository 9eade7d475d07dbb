import { z } from 'zod';
import { readApiFile } from '#cli/api-file.ts';
import { openDataFolder, operatorToken, secretKey } from '#runtime/data-folder.ts';
import { makeLog } from '#cli/output/log.ts';
import { runningService } from '#cli/running-service.ts';
import type { Settings } from '#cli/settings.ts';
import { type Supervised, supervise } from '#cli/supervise.ts';
import { untilEnded } from '#cli/process.ts';
import type { Verb, CliContext } from '#cli/context.ts';
import { demoStorm } from '#firmware-sim/scenarios/demo-storm.ts';
import { systemClock } from '#model/base/clock.ts';
import { milliseconds } from '#model/base/duration.ts';
import { Fault, isOutage } from '#model/base/fault.ts';
import { tellLink } from '#cli/user/link.ts';
import { LinkDocument } from '#api/people/schema.ts';

const READY_POLL = milliseconds(200);
/** Scenarios of the demo: something happens within minutes. */
const DEMO_SCENARIO = demoStorm.name;

interface UpOptions {
  readonly demo?: true;
}

/** Address from the note of our own ingest: another service may answer at the configured port. */
const untilReady = async (settings: Settings, pid: () => number | undefined, signal: AbortSignal): Promise<boolean> => {
  const client = runningService(settings);
  const { api } = openDataFolder(settings.data);
  while (!signal.aborted) {
    try {
      const noted = readApiFile(api);
      if (noted !== undefined && noted.pid === pid()) {
        await client.get('/readyz', z.unknown());
        return true;
      }
    } catch (error) {
      if (!isOutage(error)) throw error;
    }
    await systemClock.sleep(READY_POLL, signal);
  }
  return false;
};

const tellWhere = (settings: Settings, isDemo: boolean, cli: CliContext): void => {
  const { url } = runningService(settings);
  const { operatorToken: token } = openDataFolder(settings.data);
  const { mqttPort, wsPort, tls } = settings.broker;
  const secure =
    tls === undefined ? '' : `\n            https, port ${settings.api.tlsPort}           the same for other machines`;
  cli.out(`
Klawing is ready.

  Look      ${url}          live values of every station
            ${url}/docs     the API${secure}
  MQTT      mqtt://127.0.0.1:${mqttPort}, ws://127.0.0.1:${wsPort}/mqtt
  Data      ${settings.data} (${settings.store.kind})

Try next, in another terminal:
  curl -s ${url}/v1/latest
  mosquitto_sub -p ${mqttPort} -u operator -P "$(cat ${token})" -t 'v1/#' -v
  npm run klawing -- ledger
  npm run klawing -- ${isDemo ? 'device add my-sensor --station PBG-A01' : 'station add --help'}

Stop with Ctrl-C; nothing that was acknowledged is lost.
`);
};

/** Prints the link for the first operator, while nobody can sign in. */
const tellFirst = async (settings: Settings, cli: CliContext): Promise<void> => {
  try {
    const link = await runningService(settings).post('/v1/people/first', {}, LinkDocument);
    cli.out('Nobody can sign in yet. This link makes the first operator:');
    tellLink(link, cli);
  } catch (error) {
    // an operator can sign in already, or the service has just ended again
    if (!(error instanceof Fault)) throw error;
  }
};

const run = async ({ demo }: UpOptions, config: string | undefined, cli: CliContext): Promise<void> => {
  const settings = cli.settings();
  const log = makeLog({ level: settings.log, part: 'up', isPretty: cli.isTerminal });
  const folder = openDataFolder(settings.data);
  operatorToken(folder);
  secretKey(folder);
  const options = config === undefined ? [] : ['--config', config];
  const parts: readonly Supervised[] = [
    { name: 'broker', args: [...options, 'broker'] },
    { name: 'ingest', args: [...options, 'ingest', ...(demo === true ? ['--demo'] : [])] },
    ...(demo === true ? [{ name: 'sim', args: [...options, 'sim', '--scenario', DEMO_SCENARIO] }] : []),
  ];
  const supervisor = supervise(parts, { clock: systemClock, log });
  const waiting = new AbortController();
  try {
    const pid = (): number | undefined => supervisor.pidOf('ingest');
    const ready = untilReady(settings, pid, AbortSignal.any([cli.ended, waiting.signal])).then(async (isReady) => {
      if (!isReady) return;
      tellWhere(settings, demo === true, cli);
      if (demo !== true) await tellFirst(settings, cli);
    });
    await Promise.race([Promise.all([untilEnded(cli.ended), ready]), supervisor.failed]);
  } finally {
    waiting.abort();
    await supervisor.stop();
  }
};

/** Broker and ingest as two supervised processes, and with `--demo` a simulated fleet. */
export const up: Verb = {
  name: 'up',
  summary: 'run broker and ingest as two supervised processes',
  examples: ['klawing up', 'klawing up --demo'],
  configure: (command, cli) => {
    command
      .option('--demo', 'add the simulated fleet of Purbalingga')
      .action((options: UpOptions) => run(options, cli.config, cli));
  },
};
