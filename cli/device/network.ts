import type { Command } from 'commander';
import type { z } from 'zod';
import { number, pair, type Pairs } from '#cli/option-values.ts';
import type { DeviceDocument } from '#registry/schema.ts';

/** Network server of a device, as the API takes it. */
export type NetworkBody = NonNullable<z.infer<typeof DeviceDocument>['network']>;

export interface NetworkOptions {
  readonly application?: string;
  readonly port?: number;
  readonly unconfirmed?: true;
  readonly downlink?: Pairs;
  readonly rawFirst?: true;
}

/** Options for reading and reaching a device through its network server. */
export const withNetworkOptions = (command: Command): Command =>
  command
    .option('--application <id>', 'id of its application: ChirpStack, or <application>@<tenant> of The Things Stack')
    .option('--port <number>', 'FPort of downlinks, 1 to 223', number)
    .option('--downlink <command=bytes>', 'bytes of a command, as config=ff03{interval:u16le}; JSON by default', pair)
    .option('--unconfirmed', 'downlinks are not acknowledged')
    .option('--raw-first', 'read its bytes by --codec, even when the network server has decoded them');

/** The options over the earlier registration; undefined without any option. */
export const networkOf = (options: NetworkOptions, before: NetworkBody = {}): NetworkBody | undefined => {
  const { application, port, unconfirmed, downlink, rawFirst } = options;
  const said: NetworkBody = {
    ...(application === undefined ? {} : { application }),
    ...(port === undefined ? {} : { port }),
    ...(unconfirmed === undefined ? {} : { confirmed: false }),
    ...(downlink === undefined ? {} : { bytes: { ...before.bytes, ...Object.fromEntries(downlink) } }),
    ...(rawFirst === undefined ? {} : { raw: true }),
  };
  return Object.keys(said).length === 0 ? undefined : { ...before, ...said };
};
