import { systemClock } from '#model/base/clock.ts';
import { seconds } from '#model/base/duration.ts';
import { eventually } from '#test/support/eventually.ts';
import type { Sender } from '#test/support/clients/sender.ts';

/** Until so many more messages are acknowledged. */
export const untilMore = (sender: Sender, count: number): Promise<void> => {
  const goal = sender.acknowledged() + count;
  return eventually(() => {
    if (sender.acknowledged() < goal) throw new Error(`${sender.acknowledged()} messages acknowledged, not ${goal}`);
  });
};

const SILENCE = seconds(1.5);

/** Until nothing is acknowledged any more although devices go on to send. */
export const untilSilent = (sender: Sender): Promise<void> => {
  let last = { count: -1, at: systemClock.monotonic() };
  return eventually(() => {
    const count = sender.acknowledged();
    if (count !== last.count) last = { count, at: systemClock.monotonic() };
    if (systemClock.monotonic() - last.at < SILENCE.ms) throw new Error(`${count} acknowledged, and it goes on`);
  });
};
