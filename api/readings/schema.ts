import { z } from 'zod';
import { AGGREGATES } from '#storage/readings/store.ts';
import { Time } from '#model/base/document.ts';
import {
  durationParameter,
  FamilyName,
  FlagNumber,
  flagsParameter,
  instantParameter,
  limitParameter,
  PropertyName,
  TimedByName,
  readingsZoneParameter,
} from '#model/parameters.ts';
import { DeviceId, StationId } from '#model/registry/names.ts';

/** Forms of CSV. */
const CSV_FORMATS = ['csv', 'csv-id'] as const;
export type CsvFormat = (typeof CSV_FORMATS)[number];

export const ReadingsQuery = z.strictObject({
  property: PropertyName.optional().meta({ description: 'One property; all properties of the station without it.' }),
  from: instantParameter('Observed at or after; 24 hours before `to` when absent.').optional(),
  to: instantParameter('Observed before; all that has arrived when absent.').optional(),
  changed_since: instantParameter(
    'Only raw readings that came late since then, or whose flag has changed since then. New readings in their order are not among them.',
  ).optional(),
  interval: durationParameter('Width of a window; with `fn`.', '1h').optional(),
  fn: z
    .enum(AGGREGATES)
    .optional()
    .meta({ description: 'Function that aggregates a window; with `interval`.', examples: ['mean'] }),
  rolling: durationParameter(
    'Windows of whole hours that end with each hour, for `fn=mean`, and for `fn=sum` of an amount.',
    '8h',
  ).optional(),
  day_start: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day such as 07:00')
    .optional()
    .meta({
      description: 'Local time at which the windows of a day begin; 07:00 for days of an amount, else 00:00.',
      examples: ['07:00'],
    }),
  flags: flagsParameter,
  tz: readingsZoneParameter,
  format: z
    .enum(['json', ...CSV_FORMATS])
    .optional()
    .meta({
      description:
        'Form of the answer, in place of Accept: so that a plain link gives CSV. `csv-id` is CSV for a spreadsheet in Indonesian: semicolons, a decimal comma, a byte order mark.',
      examples: ['csv'],
    }),
  limit: limitParameter(1_000, 10_000),
  after: z.string().max(512).optional().meta({ description: 'End of the page before, from its Link header.' }),
});
export type ReadingsQuery = z.infer<typeof ReadingsQuery>;

const Span = { station: StationId, family: FamilyName, from: Time, to: Time };

const SPAN_EXAMPLE = {
  station: 'bukateja-1',
  family: 'air',
  from: '2026-11-23T03:00:00.000Z',
  to: '2026-11-24T03:00:00.000Z',
};

const TestFlags = z.record(z.string(), FlagNumber).meta({
  description:
    'The flag of each quality test; 2 of a test that did not run. `flag` is the worst of them. In CSV they are packed: two bits for each test, the first test in the lowest: 0 did not run, 1 GOOD, 2 SUSPECT, 3 FAIL.',
});

const RawAnswer = z
  .object({
    ...Span,
    readings: z.array(
      z.object({
        observed_at: Time.clone().meta({ description: 'In UTC, or in the zone `tz` where one is asked for.' }),
        device: DeviceId,
        property: PropertyName,
        value: z.number(),
        flag: FlagNumber,
        timed_by: TimedByName,
        tests: TestFlags,
      }),
    ),
  })
  .meta({
    examples: [
      {
        ...SPAN_EXAMPLE,
        readings: [
          {
            observed_at: '2026-11-23T03:00:00.000Z',
            device: 'aq-bukateja-1',
            property: 'pm2_5',
            value: 38.5,
            flag: 1,
            timed_by: 'device',
            tests: { 'gross-range': 1, 'cross-check': 1 },
          },
        ],
      },
    ],
  });

const AggregatedAnswer = z
  .object({
    ...Span,
    fn: z.enum(AGGREGATES),
    interval: z.string(),
    rolling: z.string().optional().meta({ description: 'Length of windows that end with each hour.' }),
    tz: z.string(),
    day_start: z.string().meta({ description: 'Local time at which the windows of a day begin.' }),
    unit: z.string().meta({ description: 'UCUM code of the values; 1 for a count.' }),
    method: z.string().meta({
      description:
        'The function; `vector-mean` of a direction by its speeds, `unit-vector-mean` without speeds; `mean-of-hours` for days, formed from their valid hours; `rolling-mean-of-hours`, `rolling-sum`.',
    }),
    level: z.enum(['raw']).meta({ description: 'Level of validation.' }),
    windows: z.array(
      z.object({
        start: Time.meta({ description: 'In the zone `tz`, as `end`.' }),
        end: Time.meta({ description: 'Start of the next window, also if `to` is before it.' }),
        device: DeviceId,
        property: PropertyName,
        value: z
          .number()
          .nullable()
          .meta({ description: 'Null of directions that cancel each other out, and of calms.' }),
        speed: z.number().optional().meta({ description: 'Of a mean direction: length of its vector.' }),
        calms: z.int().optional().meta({ description: 'Of a mean direction: values without wind.' }),
        count: z.int().meta({ description: 'Number of readings in the window.' }),
        expected: z
          .int()
          .nullable()
          .meta({ description: 'Readings by the reporting interval; null without a registered device.' }),
        complete: z.boolean().nullable().meta({
          description:
            'At least 75 % of the readings, or of the hours of a mean of hours; the window is over and not cut by the span.',
        }),
      }),
    ),
  })
  .meta({
    examples: [
      {
        ...SPAN_EXAMPLE,
        fn: 'mean',
        interval: '1h',
        tz: 'Asia/Jakarta',
        day_start: '00:00',
        unit: 'ug/m3',
        method: 'mean',
        level: 'raw',
        windows: [
          {
            start: '2026-11-23T10:00:00.000+07:00',
            end: '2026-11-23T11:00:00.000+07:00',
            device: 'aq-bukateja-1',
            property: 'pm2_5',
            value: 36.2,
            count: 60,
            expected: 60,
            complete: true,
          },
        ],
      },
    ],
  });

export const ReadingsAnswer = z.union([RawAnswer, AggregatedAnswer]).meta({
  examples: [{ ...SPAN_EXAMPLE, readings: [] }],
});

export const ReadingsCsv = z.string().meta({
  examples: [
    'observed_at,device,property,value,flag,unit,timed_by,level,raw,version,tests\n' +
      '2026-11-23T03:00:00.000Z,aq-bukateja-1,pm2_5,38.5,1,ug/m3,device,raw,,,5\n',
  ],
});
