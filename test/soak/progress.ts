import { type Duration, seconds } from '#model/duration.ts';
import { eventually } from '#test/support/eventually.ts';
import type { Sender } from '#test/support/sender.ts';

/** Until so many more messages are acknowledged. */
export const untilMore = (sender: Sender, count: number, within: Duration = seconds(40)): Promise<void> => {
  const goal = sender.acknowledged() + count;
  return eventually(() => {
    if (sender.acknowledged() < goal) throw new Error(`${sender.acknowledged()} messages acknowledged, not ${goal}`);
  }, within);
};
