/** The load generator, in its own process so that its processor time is not the broker's. Its parent sends it commands. */
import process from 'node:process';
import { BacklogPublishes } from './load/backlog.ts';
import { LoadClient } from './load/load-client.ts';
import { LoadRun } from './load/load-run.ts';
import { KEEPALIVE_SECONDS, LoadCommand, type Plan, type Report } from './load/protocol.ts';
import { type Publishes, LivePublishes } from './load/publishes.ts';
import { VisibleThread } from './load/visible-thread.ts';
import { systemClock } from '#model/base/clock.ts';
import { seconds } from '#model/base/duration.ts';

/** Largest number of pending CONNECTs. */
const CONNECTING = 100;

const clock = systemClock;
const send = (report: Report): void => void process.send?.(report);

const processorMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};

const publishesOf = ({ backlog, window, from }: Plan, device: string, index: number): Publishes =>
  backlog === undefined ? new LivePublishes(device, window, from) : new BacklogPublishes(device, index + 1, backlog);

const connect = async (plan: Plan): Promise<LoadRun> => {
  const visible = plan.visible === undefined ? undefined : new VisibleThread(plan.visible.url, plan.visible.stations);
  const run = new LoadRun({ clock, random: Math.random, send, visible, processorMs });
  const clients = plan.clients.map(({ id, username, password }, index) => {
    const publishes = publishesOf(plan, id, index);
    const station = plan.visible?.stations[index];
    const limit = plan.backlog === undefined ? undefined : publishes.slots;
    const { port, window, returns = false } = plan;
    return new LoadClient(
      { port, id, username, password, keepaliveSeconds: KEEPALIVE_SECONDS, window, limit, returns },
      publishes,
      {
        clock,
        random: Math.random,
        latency: run.latency,
        onSent: station === undefined ? undefined : (at, now) => visible?.sent(station, at, now),
        onAcknowledged: (client, count) => run.acknowledged(client, count),
        onClosed: (why) => run.closed(why),
        onReturned: (client) => run.returned(client),
      },
    );
  });
  for (let i = 0; i < clients.length; i += CONNECTING) {
    await Promise.all(clients.slice(i, i + CONNECTING).map((client) => client.open()));
  }
  run.connected(clients);
  visible?.start();
  clock.every(seconds(1), () => run.pingIdle(KEEPALIVE_SECONDS * 1_000));
  return run;
};

let running: LoadRun | undefined;

const execute = async (command: LoadCommand): Promise<void> => {
  if (command.kind === 'plan') {
    running = await connect(command);
    send({ kind: 'connected' });
  } else if (command.kind === 'run') running?.begin(command);
  else if (command.kind === 'pause') running?.pause();
  else if (command.kind === 'resume') running?.resume();
  else await running?.finish();
};

process.on('disconnect', () => process.exit());
process.on('message', (command) => void execute(LoadCommand.parse(command)));
