import { systemClock } from '#model/base/clock.ts';
import { milliseconds } from '#model/base/duration.ts';
import type { SoakFault, SoakContext } from '#test/soak/fault.ts';
import { untilMore } from '#test/soak/progress.ts';

type Victim = 'broker' | 'ingest' | 'both' | 'simulator' | 'devices' | 'store';

const victimOf = ({ random, ground }: SoakContext): Victim => {
  const victims: readonly Victim[] =
    ground.influx === undefined
      ? ['broker', 'broker', 'ingest', 'ingest', 'both', 'simulator', 'devices']
      : ['broker', 'broker', 'ingest', 'ingest', 'both', 'simulator', 'devices', 'store', 'store'];
  return victims[Math.floor(random.next() * victims.length)] ?? 'both';
};

const kill = async (victim: Victim, { service, ground, sender }: SoakContext): Promise<void> => {
  switch (victim) {
    case 'broker':
    case 'ingest':
      await service.kill(victim, 'SIGKILL');
      service.start(victim);
      return;
    case 'both':
      await Promise.all([service.kill('ingest', 'SIGKILL'), service.kill('broker', 'SIGKILL')]);
      service.start('broker');
      service.start('ingest');
      return;
    case 'simulator':
      if (service.running('sim').isRunning()) await service.kill('sim', 'SIGKILL');
      service.start('sim');
      return;
    case 'devices':
      sender.vanish();
      return;
    case 'store':
      await ground.influx?.kill();
      await ground.influx?.restart();
  }
};

/** After a random moment of work; every third time the last start is still under way. */
const round = async (world: SoakContext, number: number): Promise<void> => {
  const { service, sender, random } = world;
  if (number === 1) service.start('sim');
  if (!random.chance(0.33)) {
    await service.ready();
    await untilMore(sender, 1);
  }
  await systemClock.sleep(milliseconds(random.next() * 500));
  await kill(victimOf(world), world);
};

export const killAtRandom: SoakFault = {
  name: 'kill',
  summary: 'SIGKILL of broker, ingest, both, the simulator or InfluxDB, and devices that vanish, at random moments',
  begin: () => ({ round }),
};
