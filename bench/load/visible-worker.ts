/** The thread that measures when the readings of the load are visible in the API. */
import { parentPort, workerData } from 'node:worker_threads';
import { VisibleCommand, VisiblePlan } from './protocol.ts';
import { Visible } from './visible.ts';
import { systemClock } from '#model/base/clock.ts';
import { milliseconds, seconds } from '#model/base/duration.ts';

/** Time limit for the last readings. */
const TIMEOUT = seconds(10);
const POLL = milliseconds(10);

const { url, stations } = VisiblePlan.parse(workerData);
const visible = new Visible(url, stations, systemClock);

const finish = async (): Promise<void> => {
  const until = systemClock.monotonic() + TIMEOUT.ms;
  while (visible.unseen > 0 && systemClock.monotonic() < until) await systemClock.sleep(POLL);
  parentPort?.postMessage(visible.summary());
};

const execute = (command: VisibleCommand): void => {
  if (command.kind === 'start') visible.start();
  else if (command.kind === 'sent') visible.sent(command.station, command.at, command.now);
  else if (command.kind === 'clear') visible.clear();
  else void finish();
};

parentPort?.on('message', (command) => execute(VisibleCommand.parse(command)));
