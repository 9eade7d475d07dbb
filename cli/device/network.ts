import type { Command } from 'commander';
import { number } from '#cli/number.ts';
import { pair, type Pairs } from './key-value.ts';

/** What is registered of a device's network server, as the API takes it. */
export interface NetworkBody {
  readonly application?: string;
  readonly port?: number;
  readonly confirmed?: boolean;
  readonly bytes?: Readonly<Record<string, string>>;
  readonly raw?: boolean;
}

export interface NetworkOptions {
  readonly application?: string;
  readonly port?: number;
  readonly unconfirmed?: true;
  readonly downlink?: Pairs;
  readonly rawFirst?: true;
}

/** The options that say how a device is read and reached through its network server. */
export const withNetworkOptions = (command: Command): Command =>
  command
    .option('--application <id>', 'id of its application: ChirpStack, or <application>@<tenant> of The Things Stack')
    .option('--port <number>', 'FPort of what goes down to it, 1 to 223', number)
    .option(
      '--downlink <command=bytes>',
      'bytes of a command, as config=ff03{interval:u16le}; JSON goes down otherwise',
      pair,
    )
    .option('--unconfirmed', 'nobody acknowledges what goes down')
    .option('--raw-first', 'read its bytes by --codec, also where the network server has decoded them');

/** What the options say, over what was registered before; undefined when they say nothing. */
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
