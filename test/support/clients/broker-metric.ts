import type { TestBroker } from '#test/support/servers/broker.ts';
import { linkTo } from '#test/support/servers/socket-broker.ts';

/** A figure of a broker, with its labels as they stand in the text. */
export const brokerMetric = async ({ broker }: Pick<TestBroker, 'broker'>, name: string): Promise<number> => {
  const link = linkTo(broker.socketPath);
  const text = await link.metrics();
  const line = text.split('\n').find((each) => each.startsWith(`${name} `));
  if (line === undefined) throw new Error(`no figure ${name} in:\n${text}`);
  return Number(line.split(' ').at(-1));
};
