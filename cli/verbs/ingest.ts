import { removeApiFile, writeApiFile } from '#cli/api-file.ts';
import { buildConsole } from '#cli/console-build.ts';
import { openDataFolder, operatorToken, secretKey } from '#runtime/data-folder.ts';
import { makeLog } from '#cli/output/log.ts';
import { readQualityFile } from '#cli/quality-file.ts';
import { readProfiles } from '#cli/device/profile-files.ts';
import { readRulesFile } from '#cli/rules-file.ts';
import { reachableUrl } from '#cli/running-service.ts';
import { untilEnded } from '#cli/process.ts';
import type { Verb } from '#cli/context.ts';
import { startIngest } from '#runtime/ingest.ts';
import { systemClock } from '#model/base/clock.ts';
import { Fault } from '#model/base/fault.ts';
import type { Log, LogFields } from '#model/base/log.ts';

/** Writes the address for verbs. Without it they use their settings, so a full disk does not prevent the start. */
const note = (path: string, url: string, log: Log): void => {
  try {
    writeApiFile(path, url);
  } catch (error) {
    log.warn('could not write api.json; verbs will use the configured port', { path, error });
  }
};

const causeOf = (error: unknown): LogFields =>
  error instanceof Fault ? { code: error.code, detail: error.detail } : { error };

/** The ingest process alone: pipeline, store, API and console. */
export const ingest: Verb = {
  name: 'ingest',
  summary: 'run the pipeline, the store and the API alone',
  examples: ['klawing ingest', 'KLAWING_STORE=influx KLAWING_INFLUX_TOKEN_FILE=/run/secrets/influx klawing ingest'],
  configure: (command, cli) => {
    command
      .option('--demo', 'let a browser on this machine sign in without a password')
      .action(async ({ demo }: { readonly demo?: true }) => {
        const settings = cli.settings();
        const log = makeLog({ level: settings.log, part: 'ingest', isPretty: cli.isTerminal });
        const folder = openDataFolder(settings.data);
        const consoleBuilt = buildConsole(log, cli.ended);
        const running = await startIngest(
          {
            ...settings,
            rules: readRulesFile(settings.alerts.rules),
            quality: readQualityFile(settings.ingest.quality),
            profiles: readProfiles(settings.profiles),
          },
          {
            clock: systemClock,
            log,
            random: Math.random,
            folder,
            secretKey: secretKey(folder),
            operatorToken: operatorToken(folder),
            isDemo: demo === true,
            signal: cli.ended,
            consoleBuilt,
          },
        );
        if (running === undefined) return;
        note(folder.api, reachableUrl(settings.api.host, running.url), log);
        log.info('ingest ready', { url: running.url, store: settings.store.kind });
        try {
          await Promise.race([untilEnded(cli.ended), running.ended]);
        } catch (error) {
          // written before the stop, which closes the port first and may take long
          log.error('ingest ends after a failure', causeOf(error));
          throw error;
        } finally {
          removeApiFile(folder.api);
          await running.stop(); // also after a fault has ended a reader: otherwise the process would stay
        }
      });
  },
};
