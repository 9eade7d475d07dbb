import { z } from 'zod';
import { humanLine } from '#model/base/human-text.ts';
import { Command, COMMAND_STATES, ORDER_NAME, OrderValue } from '#model/commands/command.ts';
import { days, hours, milliseconds } from '#model/base/duration.ts';
import { documentOf, Time } from '#model/base/document.ts';
import { durationParameter, limitParameter, PropertyName } from '#model/parameters.ts';
import { DeviceId } from '#model/registry/names.ts';
import { bodyExample } from '#registry/schema.ts';

/** Longest time that a command may wait: as long as a kept session may be absent by default. */
const LONGEST = days(30);

const Word = z.string().regex(ORDER_NAME, 'a word of small letters, digits, "-" and "_", at most 32 of them');
const By = humanLine(100).meta({ description: 'Person who sends it, for the history.', examples: ['Sari'] });

const CONFIG_EXAMPLE = { interval: '30s', limits: { pm2_5: { max: 55 } }, settings: { gain: 2 } };

const CONFIG = {
  limits: z
    .record(PropertyName, z.strictObject({ min: z.number().optional(), max: z.number().optional() }))
    .optional()
    .meta({
      description: 'Limits at which the device reports at once, if its firmware can.',
      examples: [{ pm2_5: { max: 55 } }],
    }),
  settings: z
    .record(Word, OrderValue)
    .optional()
    .meta({ description: 'Parameters of the firmware, passed on unchanged.', examples: [{ gain: 2 }] }),
};

const Interval = durationParameter('Time between two readings, up to a day.', '30s')
  .refine(({ ms }) => ms <= hours(24).ms, 'at most a day')
  .transform(({ ms }) => ms / 1_000);

export const ConfigBody = z
  .strictObject({
    config: z.strictObject({ interval: Interval.optional(), ...CONFIG }).meta(bodyExample(CONFIG_EXAMPLE)),
    by: By.optional(),
  })
  .meta(bodyExample({ config: CONFIG_EXAMPLE, by: 'Sari' }));

const ConfigShown = z
  .object({
    interval: z
      .string()
      .optional()
      .meta({ examples: ['30s'] }),
    ...CONFIG,
  })
  .meta({ examples: [CONFIG_EXAMPLE] });

const ChangeShown = z.object({ revision: z.int(), at: Time, by: z.string().nullable(), config: ConfigShown });

const CHANGE_EXAMPLE = { revision: 3, at: '2026-11-24T03:00:00.000Z', by: 'Sari', config: CONFIG_EXAMPLE };

export const ConfigDocument = z
  .object({
    device: DeviceId,
    revision: z.int().meta({ description: '0 if a config was never set.' }),
    config: ConfigShown,
    changes: z.array(ChangeShown).meta({ description: 'Newest first, with the present one.' }),
  })
  .meta({ examples: [{ device: 'aq-bukateja-1', revision: 3, config: CONFIG_EXAMPLE, changes: [CHANGE_EXAMPLE] }] });

export const CommandBody = z
  .strictObject({
    name: Word.meta({ examples: ['reboot'] }),
    arguments: z
      .record(Word, OrderValue)
      .prefault({})
      .meta({ examples: [{}] }),
    within: durationParameter('How long it may be executed, from a second to 30 days.', '10m')
      .refine(({ ms }) => ms <= LONGEST.ms, 'at most 30d')
      .optional()
      .transform((within) => within ?? milliseconds(600_000)),
    by: By.optional(),
  })
  .meta(bodyExample({ name: 'reboot', within: '10m', by: 'Sari' }));

const COMMAND_EXAMPLE = {
  id: 'mic3k2zk-5f0e11aa',
  device: 'aq-bukateja-1',
  name: 'reboot',
  arguments: {},
  by: 'Sari',
  state: 'answered' as const,
  created_at: '2026-11-24T03:00:00.000Z',
  expires_at: '2026-11-24T03:10:00.000Z',
  sent_at: '2026-11-24T03:00:00.020Z',
  delivered_at: '2026-11-24T03:00:00.090Z',
  closed_at: '2026-11-24T03:00:04.310Z',
  reply: { ok: true },
};

/** Members of a command that the API shows as they are. */
export const SHOWN_COMMAND = Command.omit({ number: true, reply: true });

export const CommandDocument = documentOf(SHOWN_COMMAND)
  .extend({
    reply: z.unknown().meta({
      description: "The device's last answer: as JSON where it is JSON of at most 32 levels, else its text.",
    }),
  })
  .meta({ id: 'Command', examples: [COMMAND_EXAMPLE] });

export const CommandList = z
  .object({ commands: z.array(CommandDocument) })
  .meta({ examples: [{ commands: [COMMAND_EXAMPLE] }] });

export const CommandParameters = z.object({
  state: z
    .enum(COMMAND_STATES)
    .optional()
    .meta({ description: 'One state only.', examples: ['answered'] }),
  before: z.coerce
    .number()
    .int()
    .positive()
    .optional()
    .meta({ description: 'Start of the next page, from the Link header.', examples: [120] }),
  limit: limitParameter(50, 500),
});

export const OfDevice = z.object({ device: DeviceId });
export const OfCommand = z.object({
  device: DeviceId,
  command: z
    .string()
    .max(64)
    .meta({ examples: [COMMAND_EXAMPLE.id] }),
});
