import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { linkTo, PAGES, parseAddress, parseRoute } from '#dashboards/console/routes.ts';

describe('parseRoute', () => {
  test('opens the alerts behind the link of a message', () => {
    expect(parseRoute('#/alerts/12')).toEqual({ page: 'alerts' });
  });

  test('undoes linkTo for every page', () => {
    for (const page of PAGES) expect(parseRoute(linkTo({ page }))).toEqual({ page });
  });

  test('undoes linkTo for whatever a station or a device is called', () => {
    const id = fc.string({ minLength: 1, unit: 'grapheme' }).filter((text) => text.isWellFormed());
    fc.assert(
      fc.property(id, (name) => {
        for (const route of [{ page: 'station', station: name } as const, { page: 'device', device: name } as const]) {
          expect(parseRoute(linkTo(route))).toEqual(route);
        }
      }),
    );
  });

  test('takes any text for an address', () => {
    fc.assert(
      fc.property(fc.string(), (hash) => {
        expect(parseRoute(hash)).toHaveProperty('page');
      }),
    );
    expect(parseRoute('#/nowhere')).toEqual({ page: 'overview' });
    expect(parseRoute('#/stations/%')).toEqual({ page: 'station', station: '%' });
  });
});

describe('parseAddress', () => {
  test('undoes linkTo for whatever a filter says', () => {
    const text = fc.string({ unit: 'grapheme' }).filter((each) => each.isWellFormed());
    fc.assert(
      fc.property(text, text, (device, code) => {
        const route = { page: 'quarantine' } as const;
        expect(parseAddress(linkTo(route, { device, code }))).toEqual({ route, query: { device, code } });
      }),
    );
    expect(parseAddress('#/stations/A%3FB?range=7d')).toEqual({
      route: { page: 'station', station: 'A?B' },
      query: { range: '7d' },
    });
  });
});
