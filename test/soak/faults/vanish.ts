import { connect } from 'node:net';
import { systemClock } from '#model/base/clock.ts';
import { milliseconds } from '#model/base/duration.ts';
import type { SoakFault, SoakContext } from '#test/soak/fault.ts';
import { untilMore } from '#test/soak/progress.ts';
import { atEnd } from '#test/support/processes/at-end.ts';

/** Beginnings of packets that nobody ends: nothing, a CONNECT cut short, one that promises more than it may. */
const BEGINNINGS = [Buffer.alloc(0), Buffer.from([0x10, 0x20, 0x00, 0x04]), Buffer.from([0x10, 0xff, 0xff, 0x7f])];

/** A connection that says a little and then nothing more. */
const leaveHalfOpen = (port: number, beginning: Buffer): void => {
  const socket = connect({ host: '127.0.0.1', port });
  socket.on('error', () => undefined);
  socket.write(beginning);
  atEnd(() => void socket.destroy());
};

const round = async ({ service, sender, random }: SoakContext): Promise<void> => {
  await untilMore(sender, 20);
  for (const beginning of BEGINNINGS) leaveHalfOpen(service.ports.mqtt, beginning);
  await systemClock.sleep(milliseconds(random.next() * 200));
  sender.vanish();
};

export const vanish: SoakFault = {
  name: 'vanish',
  summary: 'all devices are gone in the middle of a packet, and strangers leave connections half open',
  begin: () => ({ round }),
};
