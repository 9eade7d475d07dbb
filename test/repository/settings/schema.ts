import { z } from 'zod';
import { Settings } from '#cli/settings.ts';

/** The part of a JSON schema that describes settings as they are written in a file. */
const SettingsNode = z.object({
  description: z.string().optional(),
  default: z.unknown().optional(),
  const: z.unknown().optional(),
  examples: z.array(z.unknown()).optional(),
  get properties() {
    return z.record(z.string(), SettingsNode).optional();
  },
  get additionalProperties() {
    return z.union([z.boolean(), SettingsNode]).optional();
  },
  get oneOf() {
    return z.array(SettingsNode).optional();
  },
  get anyOf() {
    return z.array(SettingsNode).optional();
  },
});
export type SettingsNode = z.infer<typeof SettingsNode>;

/** The settings of the program. Zod leaves out the examples of what it converts, as they are of the input. */
export const SETTINGS_SCHEMA: SettingsNode = SettingsNode.parse(
  z.toJSONSchema(Settings, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      const { examples } = z.globalRegistry.get(zodSchema) ?? {};
      if (Array.isArray(examples)) jsonSchema.examples = examples;
    },
  }),
);

/** Keys of a settings schema with dots, without sections; of alternatives, those of each. */
export const keysOf = (node: SettingsNode, prefix = ''): readonly string[] => {
  const { properties, oneOf = [], anyOf = [] } = node;
  return [
    ...Object.entries(properties ?? {}).flatMap(([key, below]) => {
      const keys = keysOf(below, `${prefix}${key}.`);
      return keys.length > 0 ? keys : [`${prefix}${key}`];
    }),
    ...[...oneOf, ...anyOf].flatMap((below) => keysOf(below, prefix)),
  ];
};
