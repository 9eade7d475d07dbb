import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { resolveRules } from '#alerter/rules/resolve.ts';
import { readRuleEntries } from '#alerter/rules/rules-file.ts';
import { DEFAULT_RULES, makeRules } from '#alerter/rules/rules.ts';
import { minutes } from '#model/base/duration.ts';
import { bancarRegistry, bancarRule } from '#test/support/builders/alerting.ts';
import { aStation } from '#test/support/servers/api.ts';

const rulesFrom = (...rules: readonly object[]) => makeRules(readRuleEntries({ rules }));

const own = {
  id: 'bancar-early',
  family: 'river',
  property: 'stage',
  raise: 2.2,
  hysteresis: 0.2,
  severity: 'minor',
  title: { id: 'Air naik', en: 'Water rising' },
};

describe('the default rules', () => {
  test('are the limits of the families, and no two share an id', () => {
    const ids = DEFAULT_RULES.map(({ id }) => id);
    expect(ids).toContain('waspada');
    expect(new Set(ids).size).toBe(ids.length);
    expect(makeRules([])).toEqual(DEFAULT_RULES);
    expect(DEFAULT_RULES.find(({ id }) => id === 'waspada')).toMatchObject({
      family: 'river',
      property: 'stage',
      raise: 'waspada',
      clear: { hysteresis: 0.1 },
      hold: minutes(5),
    });
  });
});

describe('rules.yaml', () => {
  test('changes, switches off and adds rules', () => {
    const rules = rulesFrom({ id: 'waspada', hold: '10m', channels: ['log'] }, { id: 'fire', enabled: false }, own);
    expect(rules.find(({ id }) => id === 'waspada')).toMatchObject({
      hold: minutes(10),
      raise: 'waspada',
      channels: ['log'],
    });
    expect(rules.some(({ id }) => id === 'fire')).toBe(false);
    expect(rules.at(-1)).toMatchObject({
      id: 'bancar-early',
      direction: 'above',
      hold: minutes(0),
      stations: undefined,
    });
  });

  test('may be empty, or not there', () => {
    expect(readRuleEntries(undefined)).toEqual([]);
    expect(readRuleEntries(null)).toEqual([]);
    expect(readRuleEntries({})).toEqual([]);
  });

  test('of the repository changes nothing, and holds good examples behind its "#"', () => {
    const text = readFileSync('config/rules.yaml', 'utf8');
    expect(readRuleEntries(parse(text))).toEqual([]);
    const [, examples = ''] = text.split(/^# rules:$/m);
    const uncommented = `rules:\n${examples.replaceAll(/^# ?/gm, '')}`;
    expect(makeRules(readRuleEntries(parse(uncommented))).map(({ id }) => id)).toContain('battery-low');
  });

  test.for([
    [{ id: 'waspada', holds: '5m' }, /"rules\[0\]\.holds" is "5m": no such key/],
    [{ id: 'waspada', hold: 'soon' }, /"rules\[0\]\.hold" is "soon": .*for example hold: 5m/],
    [{ id: 'waspada', raise: [] }, /"rules\[0\]\.raise" is \[\]: .*for example raise: 2\.5/],
    [{ id: 'a/b' }, /"rules\[0\]\.id" is "a\/b"/],
    [{ id: 'waspada', severity: 'bad' }, /"rules\[0\]\.severity" is "bad": .*severe/],
    [{ id: 'new' }, /"new\.family" is missing: a rule of its own needs it .*waspada/],
    [{ ...own, family: 'no-such-family' }, /"bancar-early\.family" is "no-such-family": known are air, river/],
    [{ ...own, property: 'pm10' }, /"bancar-early\.property" is "pm10": river has stage/],
    [{ ...own, clear: 2 }, /give clear or hysteresis, not both/],
    [
      { ...own, hysteresis: undefined, clear: 2.3 },
      /"bancar-early\.clear" is 2\.3: clear 2\.3 must be below raise 2\.2/,
    ],
    [{ ...own, hysteresis: undefined, clear: 2.1, direction: 'below' }, /clear 2\.1 must be above raise 2\.2/],
    [{ id: 'waspada', property: 'flow' }, /the default rule waspada is for stage; give yours another id/],
  ] as const)('refuses %j', ([entry, message]) => {
    const given = Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== undefined));
    expect(() => rulesFrom(given)).toThrow(message);
  });

  test('refuses a rule that stands in it twice', () => {
    expect(() => rulesFrom(own, own)).toThrow(/stands twice/);
  });
});

describe('a rule at a station', () => {
  const at = (attributes: Readonly<Record<string, number | string>>, given: Parameters<typeof bancarRule>[0] = {}) => {
    const stations = new Map([['PBG-R03', aStation({ id: 'PBG-R03', family: 'river', attributes })]]);
    const { rules, misfits } = resolveRules([bancarRule(given)], bancarRegistry({ stations }));
    return { rule: rules.get('PBG-R03')?.get('stage')?.[0], misfits };
  };

  test('takes its levels from the attributes', () => {
    expect(at({ waspada: 3 }).rule).toMatchObject({ raise: 3, clear: 2.9 });
    expect(at({ waspada: 3, normal: 2 }, { clear: { level: 'normal' } }).rule).toMatchObject({ raise: 3, clear: 2 });
  });

  test('is none without the attribute, at another family, and at stations that it does not name', () => {
    expect(at({})).toEqual({ rule: undefined, misfits: [] });
    expect(at({ waspada: 3 }, { family: 'air' })).toEqual({ rule: undefined, misfits: [] });
    expect(at({ waspada: 3 }, { stations: ['PBG-R01'] })).toEqual({ rule: undefined, misfits: [] });
    expect(at({ waspada: 3 }, { stations: ['PBG-R03'] }).rule).toBeDefined();
    expect(at({}, { raise: 'constructor' })).toEqual({ rule: undefined, misfits: [] });
  });

  test('is told and left out where its levels make no sense', () => {
    expect(at({ waspada: 'high' }).misfits).toMatchObject([
      { rule: 'waspada', reason: expect.stringContaining('"high"') },
    ]);
    expect(at({ waspada: 3, normal: 3.5 }, { clear: { level: 'normal' } }).misfits).toMatchObject([
      { reason: 'clear 3.5 must be below raise 3' },
    ]);
    expect(at({ waspada: 3 }, { clear: { level: 'normal' } }).misfits).toMatchObject([
      { reason: 'it has no attribute normal' },
    ]);
  });
});
