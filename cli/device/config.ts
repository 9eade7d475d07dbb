import type { Command } from 'commander';
import type { z } from 'zod';
import { argumentValue, pair, type Pairs } from '#cli/option-values.ts';
import { withService } from '#cli/running-service.ts';
import { table } from '#cli/output/table.ts';
import type { CliContext } from '#cli/context.ts';
import { Fault } from '#model/base/fault.ts';
import { ConfigDocument } from '#api/commands/schema.ts';

type Config = z.infer<typeof ConfigDocument>['config'];
/** A config with limits that the API has not checked yet. */
type EditedConfig = Omit<Config, 'limits'> & {
  readonly limits?: Readonly<Record<string, Readonly<Record<string, number | undefined>>>> | undefined;
};

/** Sets `interval`, `limits.<property>.<min or max>`, or a setting of the firmware; without a value it is removed. */
// oxlint-disable-next-line complexity -- one condition for each part of a key
const setOne = (config: EditedConfig, key: string, value: string | undefined): EditedConfig => {
  if (key === 'interval') return { ...config, interval: value };
  const [root, property, bound, ...rest] = key.split('.');
  if (root === 'limits' && property !== undefined && bound !== undefined && rest.length === 0) {
    const { [bound]: _bound, ...others } = config.limits?.[property] ?? {};
    const limit = value === undefined ? others : { ...others, [bound]: Number(value) };
    const { [property]: _property, ...limits } = config.limits ?? {};
    return { ...config, limits: Object.keys(limit).length === 0 ? limits : { ...limits, [property]: limit } };
  }
  if (key.includes('.')) {
    throw new Fault(
      'REQUEST_INVALID',
      `"${key}": write interval, limits.<property>.max (or min), or a setting of the firmware`,
    );
  }
  const { [key]: _key, ...settings } = config.settings ?? {};
  return { ...config, settings: value === undefined ? settings : { ...settings, [key]: argumentValue(value) } };
};

/** One line of a config. */
export const configText = ({ interval, limits = {}, settings = {} }: Config): string =>
  [
    ...(interval === undefined ? [] : [`interval=${interval}`]),
    ...Object.entries(limits).flatMap(([property, limit]) =>
      Object.entries(limit).map(([bound, value]) => `limits.${property}.${bound}=${value}`),
    ),
    ...Object.entries(settings).map(([word, value]) => `${word}=${value}`),
  ].join(' ');

interface ConfigOptions {
  readonly set?: Pairs;
  readonly unset?: readonly string[];
  readonly by?: string;
  readonly json?: true;
}

const change = (config: Config, { set = [], unset = [] }: ConfigOptions): Config => {
  const without = unset.reduce((of, key) => setOne(of, key, undefined), config);
  return set.reduce((of, [key, value]) => setOne(of, key, value), without);
};

/** `klawing device config` */
export const configureConfig = (device: Command, cli: CliContext): void => {
  device
    .command('config <id>')
    .description('show the config of a device; with --set or --unset, change it')
    .option('--set <key=value>', 'interval, limits.<property>.max, or a setting of its firmware; more than once', pair)
    .option('--unset <key...>', 'remove it, so that the firmware decides again')
    .option('--by <name>', 'who sets it, for the history')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  klawing device config pbg-r03 --set interval=30s\n  klawing device config pbg-r03 --set limits.stage.max=2.5 --by Sari',
    )
    .action(async (id: string, options: ConfigOptions) => {
      const path = `/v1/devices/${encodeURIComponent(id)}/config`;
      const answer = await withService(cli.settings(), async (client) => {
        const before = await client.get(path, ConfigDocument);
        if (options.set === undefined && options.unset === undefined) return before;
        const by = options.by === undefined ? {} : { by: options.by };
        return client.put(path, { config: change(before.config, options), ...by }, ConfigDocument);
      });
      if (options.json === true) cli.out(JSON.stringify(answer, undefined, 2));
      else if (answer.revision === 0) cli.out(`nothing is set for ${id}; its firmware decides`);
      else {
        cli.out(`device ${id}, revision ${answer.revision}`);
        const rows = configText(answer.config)
          .split(' ')
          .map((part) => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)]);
        cli.out(table(['key', 'value'], rows));
      }
    });
};
