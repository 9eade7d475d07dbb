import { describe, expect, test } from 'vitest';
import { FAMILIES } from '#model/families/index.ts';
import type { Hazard, Limit, Property, Text } from '#model/readings/family.ts';
import { HOUSEKEEPING } from '#model/readings/housekeeping.ts';
import { UNIT_TEXT, conversion } from '#model/readings/unit.ts';
import { isUcumCode } from '#science/units/ucum.ts';

const isInBothLanguages = (text: Text): boolean => text.id.trim() !== '' && text.en.trim() !== '';

const properties = FAMILIES.flatMap((family) =>
  Object.entries<Property>(family.properties).map(([name, property]) => ({ family, name, property })),
);
const limits = FAMILIES.flatMap((family) =>
  family.limits.map((limit: Limit) => ({ family, limit, property: family.properties[limit.property] })),
);

describe.for(properties)('$family.name $name', ({ name, property }) => {
  const { range, usual, decimals, signal } = property;

  test('has a name in snake case and a title in both languages', () => {
    expect(name).toMatch(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/);
    expect(name).not.toMatch(/_flag$/); // that ending is the store's
    expect(isInBothLanguages(property.title)).toBe(true);
  });

  test('has a UCUM unit that people can read', () => {
    expect(isUcumCode(property.unit)).toBe(true);
    expect(UNIT_TEXT).toHaveProperty([property.unit]);
  });

  test('has an ordered range, and what is usual lies inside it', () => {
    expect(range[0]).toBeLessThan(range[1]);
    if (usual === undefined) return;
    expect(usual[0]).toBeLessThan(usual[1]);
    expect(usual[0]).toBeGreaterThanOrEqual(range[0]);
    expect(usual[1]).toBeLessThanOrEqual(range[1]);
    expect(usual).not.toEqual(range);
  });

  test('resolves its range, and is simulated inside it', () => {
    expect(decimals).toBeGreaterThanOrEqual(0);
    expect(10 ** -decimals).toBeLessThanOrEqual(range[1] - range[0]);
    const swing = signal.daily ?? 0;
    expect(signal.mean - swing).toBeGreaterThanOrEqual(range[0]);
    expect(signal.mean + swing).toBeLessThanOrEqual(range[1]);
  });

  test('can be reported in ppb exactly when it has a molar mass', () => {
    expect(conversion('[ppb]', property.unit, property.molarMass) !== undefined).toBe(property.molarMass !== undefined);
  });
});

describe.for(limits)('the limit $limit.name of $family.name', ({ family, limit, property }) => {
  test('watches a property of its family', () => {
    expect(property).toBeDefined();
  });

  test('is raised inside the range and cleared on the other side of it', () => {
    expect(limit.hysteresis).toBeGreaterThan(0);
    expect(limit.holdMinutes).toBeGreaterThanOrEqual(0);
    if (typeof limit.raise === 'string' || property === undefined) return;
    const clear = limit.direction === 'above' ? limit.raise - limit.hysteresis : limit.raise + limit.hysteresis;
    for (const level of [limit.raise, clear]) {
      expect(level).toBeGreaterThanOrEqual(property.range[0]);
      expect(level).toBeLessThanOrEqual(property.range[1]);
    }
  });

  test('has a name that fits into a topic, is unique, and a title in both languages', () => {
    expect(limit.name).toMatch(/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/);
    expect(family.limits.filter(({ name }) => name === limit.name)).toHaveLength(1);
    expect(isInBothLanguages(limit.title)).toBe(true);
  });
});

describe.for(FAMILIES)('$name', (family) => {
  test('has a title, a headline and what every device may report of itself', () => {
    expect(isInBothLanguages(family.title)).toBe(true);
    expect(family.properties).toHaveProperty([family.headline]);
    for (const name of Object.keys(HOUSEKEEPING)) expect(family.properties).toHaveProperty([name]);
  });

  test('defines hazards by its own properties, each level with its own name, from the mildest on', () => {
    const hazards: readonly Hazard[] = family.hazards ?? [];
    const levels = hazards.flatMap((hazard) => hazard.levels.map((level) => ({ hazard, level })));
    expect(new Set(levels.map(({ level }) => level.name)).size).toBe(levels.length);
    expect(new Set(hazards.map(({ name }) => name)).size).toBe(hazards.length);
    for (const { name, property, levels: own } of hazards) {
      expect(name).toMatch(/^[a-z]+$/);
      expect(family.properties).toHaveProperty([property]);
      expect(own.map(({ rank }) => rank)).toEqual(own.map(({ rank }) => rank).toSorted((a, b) => a - b));
    }
    for (const { hazard, level } of levels) {
      expect(isInBothLanguages(level.word)).toBe(true);
      const limit = family.limits.find(({ name }) => name === level.name);
      if (level.raise === undefined) expect(limit?.property, level.name).toBe(hazard.property);
      else expect(limit, level.name).toBeUndefined();
    }
  });

  test('compares only its own properties, and only in the same unit', () => {
    for (const { property, of, atMost } of family.crossChecks) {
      expect(family.properties[property]?.unit).toBe(family.properties[of]?.unit);
      expect(atMost).toBeGreaterThan(0);
    }
  });
});

test('every unit that people read is a UCUM code', () => {
  for (const code of Object.keys(UNIT_TEXT)) expect(isUcumCode(code), code).toBe(true);
});

test('a property that several families share means the same in all of them', () => {
  const shared = Map.groupBy(properties, ({ name }) => name);
  for (const [name, uses] of shared) {
    expect(new Set(uses.map(({ property }) => property.unit)).size, name).toBe(1);
    expect(new Set(uses.map(({ property }) => property.decimals)).size, name).toBe(1);
  }
});
