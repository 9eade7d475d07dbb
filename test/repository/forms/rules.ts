import { z } from 'zod';
import { AcknowledgeBody, SilenceBody } from '#api/alerts/schema.ts';
import { CommandBody, ConfigBody } from '#api/commands/schema.ts';
import { PersonBody, TokenBody } from '#api/people/schema.ts';
import { DiscardRequest, ReplayRequest } from '#api/quarantine/schema.ts';

/** The bodies of requests that have a form in the console, with the members that the form asks for. */
const FORMS: Readonly<Record<string, readonly [z.ZodType, readonly string[]]>> = {
  acknowledge: [AcknowledgeBody, ['note']],
  silence: [SilenceBody, ['reason']],
  config: [ConfigBody.shape.config, ['interval', 'limits', 'settings']],
  command: [CommandBody, ['name', 'arguments']],
  replay: [ReplayRequest, ['shift']],
  discard: [DiscardRequest, ['reason']],
  person: [PersonBody, ['name', 'login', 'phone', 'email']],
  token: [TokenBody, ['name']],
};

/** The part of a JSON Schema that a form can check. */
const FieldSchema = z.object({
  type: z.string().optional(),
  minLength: z.number().optional(),
  maxLength: z.number().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  pattern: z.string().optional(),
});
type FieldSchema = z.infer<typeof FieldSchema>;

const BodySchema = z.object({
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).optional(),
  propertyNames: FieldSchema.optional(),
  additionalProperties: z.unknown().optional(),
  anyOf: z.array(z.unknown()).optional(),
});

const ruleOf = ({ type, ...rest }: FieldSchema, isRequired: boolean): object => ({
  ...(isRequired ? { isRequired } : {}),
  ...(type === 'number' || type === 'integer' ? { isNumber: true } : {}),
  ...rest,
});

/** Rules of the fields of an object by their names; those of the entries of a record have the name of the record before them. */
const rulesOf = (schema: unknown, prefix = ''): Readonly<Record<string, object>> => {
  const { properties = {}, required = [] } = objectOf(schema);
  const rules: Record<string, object> = {};
  for (const [name, field] of Object.entries(properties)) {
    const { propertyNames, additionalProperties } = BodySchema.parse(field);
    if (propertyNames === undefined) {
      rules[`${prefix}${name}`] = ruleOf(FieldSchema.parse(field), required.includes(name));
      continue;
    }
    rules[`${prefix}${name}.name`] = ruleOf(propertyNames, true);
    Object.assign(rules, entryRules(additionalProperties, `${prefix}${name}.`));
  }
  return Object.fromEntries(Object.entries(rules).filter(([, rule]) => Object.keys(rule).length > 0));
};

/** The rules of the value of an entry: of its members where it is an object, else of its text. */
const entryRules = (schema: unknown, prefix: string): Readonly<Record<string, object>> => {
  const { properties, anyOf } = BodySchema.parse(schema);
  if (properties !== undefined) return rulesOf(schema, prefix);
  const texts = (anyOf ?? [schema]).map((each) => FieldSchema.parse(each)).filter(({ type }) => type === 'string');
  return { [`${prefix}value`]: ruleOf(texts[0] ?? {}, true) };
};

/** The object of a schema that may be absent. */
const objectOf = (schema: unknown): z.infer<typeof BodySchema> => {
  const body = BodySchema.parse(schema);
  return body.anyOf === undefined ? body : BodySchema.parse(body.anyOf[0]);
};

export const RULES_FILE = 'dashboards/console/components/forms/rules.ts';

/** The module with the rules of all forms. */
export const writeRules = (): string => {
  const forms = Object.fromEntries(
    Object.entries(FORMS).map(([form, [schema, fields]]) => {
      const rules = Object.entries(rulesOf(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })));
      return [form, Object.fromEntries(rules.filter(([name]) => fields.includes(name.split('.')[0] ?? '')))];
    }),
  );
  return [
    "import type { FormRules } from './check.ts';",
    '',
    '/** The rules of the forms, as the schemas of the API have them. `npm run forms` writes this file. */',
    `export const RULES = ${JSON.stringify(forms, undefined, 2)} as const satisfies Readonly<Record<string, FormRules>>;`,
    '',
  ].join('\n');
};
