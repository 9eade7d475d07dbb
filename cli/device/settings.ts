import { type Command, Option } from 'commander';
import { z } from 'zod';
import { isMark, snakeCase, typeOf } from '#model/base/document.ts';
import { DeviceSettings } from '#model/registry/device.ts';
import { DeviceDocument } from '#registry/schema.ts';

/** Options of a verb as commander gives them. */
export type GivenOptions = object;

/** A setting of a device that one word of text gives. */
interface WordSetting {
  /** Name of the option as commander gives it, and of the member in the program. */
  readonly name: string;
  readonly key: string;
  readonly help: string;
  /** True where a device may lack it. */
  readonly isRemovable: boolean;
}

const isText = (member: z.ZodType): boolean =>
  member instanceof z.ZodString || member instanceof z.ZodStringFormat || member instanceof z.ZodEnum;

const helpOf = (description = ''): string =>
  `${description.charAt(0).toLowerCase()}${description.slice(1).replace(/\.$/, '')}`;

const wordSettings = (): readonly WordSetting[] => {
  const members = new Map<string, z.ZodType>(Object.entries(DeviceDocument.shape));
  return Object.keys(DeviceSettings.shape).flatMap((name) => {
    const key = snakeCase(name);
    const member = members.get(key);
    if (member === undefined) return [];
    const isRemovable = member instanceof z.ZodOptional;
    if (!isText(isRemovable ? typeOf(member.def.innerType) : member)) return [];
    return [{ name, key, isRemovable, help: helpOf(member.meta()?.description) }];
  });
};

/** The other settings of a device have options of their own. */
const WORDS = wordSettings();

/** A setting that is true or absent; `--certificate` of `device add` sets the one that is left out. */
const MARKS = Object.entries(DeviceSettings.shape).flatMap(([name, member]) =>
  isMark(member) && name !== 'certificateOnly'
    ? [{ name, key: snakeCase(name), help: helpOf(typeOf(member).meta()?.description) }]
    : [],
);

/** Adds an option for each setting of a device that one word or none gives: `silentAfter` becomes `--silent-after <value>`. */
export const withSettings = (
  command: Command,
  usual: Readonly<Record<string, string>>,
  canRemove: boolean,
): Command => {
  for (const { name, key, help, isRemovable } of WORDS) {
    const flag = `--${key.replaceAll('_', '-')} <value>`;
    const option = new Option(flag, canRemove && isRemovable ? `${help}; "none" takes it away` : help);
    command.addOption(usual[name] === undefined ? option : option.default(usual[name]));
  }
  for (const { key, help } of MARKS) {
    const flag = key.replaceAll('_', '-');
    command.option(`--${flag}`, help);
    if (canRemove) command.option(`--no-${flag}`, `the opposite of --${flag}`);
  }
  return command;
};

/** The members of a body that these options give; "none" is null where a device may lack the setting. */
export const settingsOf = (options: GivenOptions): Readonly<Record<string, unknown>> =>
  Object.fromEntries([
    ...WORDS.flatMap(({ name, key, isRemovable }) => {
      const given: unknown = Reflect.get(options, name);
      return given === undefined ? [] : [[key, given === 'none' && isRemovable ? null : given] as const];
    }),
    ...MARKS.flatMap(({ name, key }) => {
      const given: unknown = Reflect.get(options, name);
      return given === undefined ? [] : [[key, given] as const];
    }),
  ]);
