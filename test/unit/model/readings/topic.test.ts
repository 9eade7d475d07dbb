import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DEVICE_ID } from '#model/registry/names.ts';
import { type Topic, buildTopic, parseTopic } from '#model/readings/topic.ts';

const devices = fc
  .stringMatching(/^[a-z0-9][a-z0-9-]{0,62}$/)
  .filter((name) => name !== 'alerts' && name !== 'stations');
const ids = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/);
const codecs = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,31}$/);

const topics: fc.Arbitrary<Topic> = fc.oneof(
  fc.record({ kind: fc.constant('readings' as const), device: devices, codec: fc.option(codecs, { nil: undefined }) }),
  fc.record({ kind: fc.constantFrom('status' as const, 'config' as const), device: devices }),
  fc.record({ kind: fc.constantFrom('command' as const, 'reply' as const), device: devices, id: ids }),
  fc.record({ kind: fc.constant('alert' as const), station: ids, rule: ids }),
  fc.record({ kind: fc.constant('state' as const), station: ids }),
);

/** Characters on which topic code goes wrong: wildcards, NUL, separators, look-alikes, other cases. */
const hostile = fc.string({
  unit: fc.constantFrom(
    '+',
    '#',
    '/',
    '$',
    '\0',
    ' ',
    '\n',
    '.',
    '-',
    '_',
    'a',
    'A',
    'é',
    'а',
    '\u200b',
    '\ufeff',
    '😀',
  ),
  maxLength: 12,
});

describe('a topic', () => {
  test('comes back from what it was written as', () => {
    fc.assert(
      fc.property(topics, (topic) => {
        expect(parseTopic(buildTopic(topic))).toEqual(topic);
      }),
    );
  });

  test('that is read writes the very same text, so that no two texts mean one device', () => {
    fc.assert(
      fc.property(topics, hostile, fc.nat(80), (topic, noise, at) => {
        const good = buildTopic(topic);
        const text = good.slice(0, at) + noise + good.slice(at);
        const read = parseTopic(text);
        if (read !== undefined) expect(buildTopic(read)).toBe(text);
      }),
      { numRuns: 2_000 },
    );
  });

  test('never names a device outside the grammar', () => {
    fc.assert(
      fc.property(hostile, fc.constantFrom('readings', 'status', 'config', 'commands/1'), (name, rest) => {
        const read = parseTopic(`v1/${name}/${rest}`);
        if (read !== undefined && 'device' in read) expect(read.device).toMatch(DEVICE_ID);
      }),
      { numRuns: 2_000 },
    );
  });

  test.for([
    'v1/dev/readings/',
    'v1//readings',
    '/v1/dev/readings',
    'v1/dev/readings/json/more',
    'v1/dev/readings/JSON',
    'V1/dev/readings',
    'v1/Dev/readings',
    'v1/dev/Readings',
    'v1/dev/readings\0',
    'v1/dev\0/readings',
    'v1/+/readings',
    'v1/#',
    'v1/dev/#',
    '$SYS/dev/readings',
    'v1/$SYS/readings',
    'v1/alerts/readings',
    'v1/alerts/readings/json/x',
    'v1/alerts/-x/rule',
    'v1/dev/commands',
    'v1/dev/commands/1/answer',
    'v1/dev/commands/1/reply/2',
    'v1/dev/status/x',
    'v1/dev',
    'v1',
    '',
    `v1/${'a'.repeat(64)}/readings`,
  ])('is not read from "%s"', (text) => {
    expect(parseTopic(text)).toBeUndefined();
  });

  test('under `alerts` is an alert and never a device called alerts', () => {
    expect(parseTopic('v1/alerts/readings/json')).toEqual({ kind: 'alert', station: 'readings', rule: 'json' });
    expect(DEVICE_ID.test('alerts')).toBe(false);
    expect(DEVICE_ID.test('alerts-1')).toBe(true);
  });
});
