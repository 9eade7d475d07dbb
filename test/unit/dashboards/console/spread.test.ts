import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Box, type PlacedLabel, spread } from '#dashboards/console/map/spread.ts';

const AREA = { width: 800, height: 600 };

const boxes = fc
  .array(fc.record({ x: fc.integer({ min: 0, max: 800 }), y: fc.integer({ min: 0, max: 600 }) }), { maxLength: 20 })
  .map((points) => points.map((point, i): Box => ({ id: String(i), ...point, width: 70, height: 24 })));

const covers = (a: PlacedLabel, b: PlacedLabel): boolean => Math.abs(a.x - b.x) < 69 && Math.abs(a.y - b.y) < 23;

describe('spread', () => {
  test('leaves alone what does not touch', () => {
    const far = [
      { id: 'a', x: 100, y: 100, width: 70, height: 24 },
      { id: 'b', x: 400, y: 300, width: 70, height: 24 },
    ];
    for (const { id, x, y } of spread(far, AREA)) {
      const box = far.find((each) => each.id === id);
      expect(Math.hypot(x - (box?.x ?? 0), y - (box?.y ?? 0))).toBeLessThan(2);
    }
  });

  test('parts three stations that stand in one place', () => {
    const same = ['a', 'b', 'c'].map((id) => ({ id, x: 300, y: 300, width: 70, height: 24 }));
    const placed = spread(same, AREA);
    for (const a of placed) for (const b of placed) if (a.id !== b.id) expect(covers(a, b)).toBe(false);
  });

  test('keeps everything on the map, and gives the same every time', () => {
    fc.assert(
      fc.property(boxes, (given) => {
        const placed = spread(given, AREA);
        expect(placed).toEqual(spread(given, AREA));
        for (const { x, y } of placed) {
          expect(x).toBeGreaterThanOrEqual(35);
          expect(x).toBeLessThanOrEqual(765);
          expect(y).toBeGreaterThanOrEqual(12);
          expect(y).toBeLessThanOrEqual(588);
        }
      }),
    );
  });
});
