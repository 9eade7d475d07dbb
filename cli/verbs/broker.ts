import { openDataFolder, operatorToken, secretKey } from '#runtime/data-folder.ts';
import { makeLog } from '#cli/output/log.ts';
import type { Verb } from '#cli/context.ts';
import { untilEnded } from '#cli/process.ts';
import { startBroker } from '#broker/main.ts';
import { openDisk } from '#broker/sessions/disk.ts';
import { startCredentials } from '#broker/auth/credentials.ts';
import { doubtfulFileSystemOf, MOVE_THE_FOLDER } from '#process/file-system.ts';
import { startTrustedClock } from '#process/trusted-clock.ts';
import { startJournalWriter } from '#journal/write/writer.ts';
import type { Log } from '#model/base/log.ts';
import { systemClock } from '#model/base/clock.ts';
import { socketPath } from '#model/base/broker-api.ts';

const warnOfFileSystem = (folder: string, log: Log): void => {
  const doubtful = doubtfulFileSystemOf(folder);
  if (doubtful === undefined) return;
  const { name, consequence } = doubtful;
  log.warn('data folder is on a doubtful file system', {
    folder,
    fileSystem: name,
    consequence,
    todo: MOVE_THE_FOLDER,
  });
};

/** The broker alone: listeners, identity, access, journal. */
export const broker: Verb = {
  name: 'broker',
  summary: 'run the MQTT broker and the journal alone',
  examples: ['klawing broker', 'KLAWING_MQTT_PORT=2883 klawing broker'],
  configure: (command, cli) => {
    command.action(async () => {
      const settings = cli.settings();
      const log = makeLog({ level: settings.log, part: 'broker', isPretty: cli.isTerminal });
      const folder = openDataFolder(settings.data);
      const clock = systemClock;
      warnOfFileSystem(folder.root, log);
      const trustedClock = startTrustedClock(folder.journal, { clock, log });
      const journal = await startJournalWriter(folder.journal, settings.journal, { clock: trustedClock, log });
      const credentials = startCredentials({ path: folder.operations, key: secretKey(folder) }, { clock, log });
      try {
        const running = await startBroker(settings.broker, {
          clock,
          trustedClock,
          log,
          journal,
          credentials,
          socketPath: socketPath(folder.root),
          operatorToken: operatorToken(folder),
          pagePorts: [settings.api.port, settings.api.tlsPort],
          disk: await openDisk(folder.sessions, { log }),
        });
        process.on('SIGHUP', running.reloadTls);
        log.info('broker ready', { mqtt: running.mqttPort, websocket: running.wsPort, tls: running.tlsPort });
        await untilEnded(cli.ended);
        process.off('SIGHUP', running.reloadTls);
        await running.stop();
      } finally {
        credentials.stop();
        await journal.stop();
        await trustedClock.stop();
      }
    });
  },
};
