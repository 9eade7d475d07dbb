import { describe, expect, test } from 'vitest';
import { MOST_COMPARED, readComparisons, writeComparison } from '#dashboards/console/chart/comparison.ts';

describe('the comparisons of an address', () => {
  test('are read as they are written', () => {
    const chosen = [
      { station: 'PBG-R01', property: 'stage' },
      { station: 'PBG-C01', property: 'rainfall' },
    ];
    expect(readComparisons(chosen.map(writeComparison).join(','))).toEqual(chosen);
  });

  test('are as many as there are colours, and nothing where the address is damaged', () => {
    expect(readComparisons('')).toEqual([]);
    expect(readComparisons('PBG-R01,/stage,,PBG-R02/')).toEqual([]);
    const many = Array.from({ length: 9 }, (_, i) => `PBG-R0${i}/stage`).join(',');
    expect(readComparisons(many)).toHaveLength(MOST_COMPARED);
  });
});
