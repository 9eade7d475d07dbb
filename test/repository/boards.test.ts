import * as units from '@grafana/grafana-foundation-sdk/units';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { defaultDashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { BOARDS } from '#dashboards/grafana/boards/index.ts';
import { limitSteps } from '#dashboards/grafana/colour.ts';
import { column, identifier, literal } from '#dashboards/grafana/influxql.ts';
import { LANGUAGES } from '#dashboards/grafana/language.ts';
import { renderBoards } from '#dashboards/grafana/render.ts';
import { unitId } from '#dashboards/grafana/unit.ts';
import { USUAL_EVERY } from '#registry/schema.ts';
import { ApiSettings } from '#api/settings.ts';
import { seconds } from '#model/base/duration.ts';
import { FAMILIES } from '#model/families/index.ts';
import type { Family } from '#model/readings/family.ts';
import { HAZARD_PALETTES, severityColours, SYSTEM_COLOUR } from '#model/readings/palette.ts';
import { silenceLimit } from '#model/registry/silence.ts';
import { UNIT_TEXT } from '#model/readings/unit.ts';
import { ORACLES } from '#test/support/oracles/board-oracle.ts';
import { generatedBoards } from '#test/support/builders/boards.ts';

const boards = generatedBoards();
const inEnglish = boards.filter(({ language }) => language === 'en');

const DataSources = z.object({
  datasources: z.array(z.looseObject({ uid: z.string(), type: z.string(), editable: z.literal(false) })),
});
const Providers = z.object({
  providers: z.array(z.looseObject({ options: z.object({ path: z.string() }), allowUiUpdates: z.literal(false) })),
});
const yaml = (path: string): unknown => parse(readFileSync(`dashboards/grafana/provisioning/${path}`, 'utf8'));

describe('the generated boards', () => {
  test('are what the code makes of them: npm run boards', () => {
    const rendered = renderBoards();
    expect(boards.map(({ file }) => file).toSorted()).toEqual([...rendered.keys()].toSorted());
    for (const { file, text } of boards) expect(text === rendered.get(file), file).toBe(true);
  });

  test('have uids and titles of their own, and a board for every family', () => {
    expect(new Set(boards.map(({ dashboard }) => dashboard.uid)).size).toBe(BOARDS.length * LANGUAGES.length);
    expect(new Set(boards.map(({ dashboard }) => dashboard.title)).size).toBe(boards.length);
    expect(BOARDS.map(({ name }) => name)).toEqual(expect.arrayContaining(FAMILIES.map(({ name }) => name)));
  });

  test('link to each other: by a tag in one language, by uid to the other', () => {
    const uids = new Set(boards.map(({ dashboard }) => `/d/${dashboard.uid}`));
    for (const { dashboard, language, file } of boards) {
      const [own, other] = dashboard.links;
      expect(dashboard.tags, file).toContain(own?.tags[0]);
      expect(own?.tags, file).toEqual([`klawing-${language}`]);
      expect(uids.has(other?.url ?? ''), file).toBe(true);
      expect(other?.url, file).not.toBe(`/d/${dashboard.uid}`);
    }
  });

  test('read the one data source that is provisioned, and lie where Grafana looks', () => {
    const { datasources } = DataSources.parse(yaml('datasources/klawing.yaml'));
    expect(datasources.length).toBe(1);
    const provisioned = { type: datasources[0]?.type, uid: datasources[0]?.uid };
    for (const { panels, variables } of boards) {
      const used = [...panels, ...panels.flatMap(({ targets }) => targets), ...variables];
      for (const { datasource } of used) expect(datasource).toEqual(provisioned);
    }
    const { providers } = Providers.parse(yaml('dashboards/klawing.yaml'));
    expect(providers.map(({ options }) => options.path.split('/').at(-1))).toEqual([...LANGUAGES]);
  });
});

describe.for(boards)('$file', ({ name, dashboard, panels, variables }) => {
  test('is in the schema version of the SDK and shows times of the agency', () => {
    expect(dashboard.schemaVersion).toBe(defaultDashboard().schemaVersion);
    expect(dashboard.timezone).toBe('Asia/Jakarta');
    expect(dashboard.description).not.toBe('');
  });

  test('gives every panel an id, a title, a description, a legend where it has lines, and a query', () => {
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    for (const { title, description, targets, type, options } of panels) {
      expect(title).not.toBe('');
      expect(description, title).toMatch(/\.$/);
      expect(targets.length, title).toBeGreaterThan(0);
      expect(new Set(targets.map(({ refId }) => refId)).size, title).toBe(targets.length);
      if (type === 'timeseries') expect(options.legend?.showLegend, title).toBe(true);
    }
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
  });

  test('puts no panel over another or beyond the grid', () => {
    const taken = new Map<string, string>();
    for (const { gridPos, title } of dashboard.panels) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect(taken.get(`${x},${y}`), title).toBeUndefined();
          taken.set(`${x},${y}`, title);
        }
      }
    }
  });

  test('uses units that Grafana knows', () => {
    const known = new Set<unknown>(Object.values(units));
    const isKnown = (unit: unknown): boolean =>
      known.has(unit) || Object.values(UNIT_TEXT).some((text) => text !== '' && unit === `suffix:${text}`);
    for (const { title, fieldConfig } of panels) {
      expect(isKnown(fieldConfig.defaults.unit), title).toBe(true);
      for (const { id, value } of fieldConfig.overrides.flatMap(({ properties }) => properties)) {
        if (id === 'unit') expect(isKnown(value), `${title}: ${String(value)}`).toBe(true);
      }
    }
  });

  test('has thresholds that rise from a base', () => {
    for (const { title, fieldConfig } of panels) {
      const [base, ...rest] = fieldConfig.defaults.thresholds.steps.map(({ value }) => value);
      expect(base, title).toBeNull();
      expect(rest, title).toEqual(rest.toSorted((a, b) => Number(a) - Number(b)));
    }
  });

  test('asks one statement a query, bounded in time, and only for variables that it has', () => {
    const names = new Set([...variables.map(({ name }) => name), 'timeFilter', '__interval']);
    for (const { query } of panels.flatMap(({ targets }) => targets)) {
      expect(query).toMatch(/^SELECT /);
      expect(query).not.toContain(';');
      // an alert may have been firing for longer than the board looks back
      if (!query.includes('"alert_event"')) expect(query).toContain('$timeFilter');
      for (const [, name] of query.matchAll(/\$\{?(\w+)/g))
        if (name !== undefined) expect(names, query).toContain(name);
    }
    for (const { repeat, title } of dashboard.panels.filter((panel) => panel.type === 'row')) {
      if (repeat !== undefined) expect(names, title).toContain(repeat);
    }
  });

  test('joins no line over a gap longer than a device may be silent that reports as often as its charts expect', () => {
    const { silenceGrace } = ApiSettings.parse({});
    const every = name === 'pipeline' ? seconds(10) : USUAL_EVERY;
    for (const { title, targets, fieldConfig, type } of panels) {
      if (type !== 'timeseries' || fieldConfig.defaults.custom?.drawStyle !== 'line') continue;
      expect(fieldConfig.defaults.custom.spanNulls, title).toBe(silenceLimit({ every }, silenceGrace).ms);
      for (const { query } of targets) expect(query, title).toMatch(/ fill\(null\)$/);
    }
  });

  test('requests its variables again when the time changes', () => {
    for (const { refresh, name } of variables) expect(refresh, name).toBe(2);
  });
});

describe.for(inEnglish)('the two languages of $name', ({ name, dashboard, panels }) => {
  test('say the same in different words', () => {
    const other = boards.find((board) => board.language === 'id' && board.name === name);
    expect(other?.panels.length).toBe(panels.length);
    expect(other?.dashboard.title).not.toBe(dashboard.title);
    expect(other?.dashboard.description).not.toBe(dashboard.description);
    // names of substances are the same in both
    const same = new Set(FAMILIES.flatMap(({ properties }) => Object.values(properties)).map(({ title }) => title.id));
    for (const [index, panel] of panels.entries()) {
      const twin = other?.panels[index];
      expect(twin?.description, panel.title).not.toBe(panel.description);
      if (!same.has(panel.title)) expect(twin?.title).not.toBe(panel.title);
      expect({ ...twin?.gridPos, id: twin?.id, type: twin?.type }).toEqual({
        ...panel.gridPos,
        id: panel.id,
        type: panel.type,
      });
    }
  });
});

describe('what the boards are made of', () => {
  test('has a Grafana unit for every unit of the model', () => {
    const known = new Set<unknown>(Object.values(units));
    for (const [ucum, text] of Object.entries(UNIT_TEXT)) {
      const id = unitId(ucum);
      expect(known.has(id) || id === `suffix:${text}`, ucum).toBe(true);
    }
    expect(() => unitId('furlong')).toThrow('no unit');
  });

  test('escapes names and texts, and refuses what Grafana would take for a variable', () => {
    expect(identifier('a"b\\c')).toBe('"a\\"b\\\\c"');
    expect(literal("it's")).toBe("'it\\'s'");
    expect(column('last', 'pm2_5', 'PM2,5')).toBe('last("pm2_5") AS "PM2,5"');
    for (const bad of ['$station', '[[station]]', 'a\nb']) {
      expect(() => identifier(bad)).toThrow('cannot be a name');
      expect(() => literal(bad)).toThrow('cannot be a name');
    }
  });

  test('colours limits on the side that they are on', () => {
    const limit = { name: 'l', property: 'p', title: { id: 'x', en: 'x' }, hysteresis: 1, holdMinutes: 0 } as const;
    const [air] = FAMILIES;
    const family = (limits: Family['limits']): Family => ({ ...(air ?? expect.fail()), limits });
    const low = family([
      { ...limit, raise: 20, direction: 'below', severity: 'moderate' },
      { ...limit, raise: 10, direction: 'below', severity: 'extreme' },
      { ...limit, raise: 90, direction: 'above', severity: 'severe' },
      { ...limit, raise: 'level', direction: 'above', severity: 'severe' },
    ]);
    const colours = limitSteps(low, 'p').steps;
    expect(colours.map(({ value }) => value)).toEqual([null, 10, 20, 90]);
    expect(new Set(colours.map(({ color }) => color)).size).toBe(4);
  });
});

describe('the colours of the boards', () => {
  const one = (name: string) => FAMILIES.find((family) => family.name === name) ?? expect.fail();
  const stepsOf = (family: string, property: string) =>
    limitSteps(one(family), property).steps.map(({ value, color }) => [value, color]);
  const { standard: levels, television: warnings } = HAZARD_PALETTES;

  test('are those of the console', () => {
    const [light = ''] = readFileSync('dashboards/console/style/tokens.css', 'utf8').split('@media');
    const tokens = new Map(
      [...light.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, colour]) => [name, colour]),
    );
    expect(tokens.get('normal')).toBe(levels[0]);
    expect(tokens.get('system')).toBe(SYSTEM_COLOUR);
    // the page takes the others from the palette itself
    for (const name of ['rank-1', 'rank-2', 'rank-3', ...Object.keys(severityColours(levels))]) {
      expect(tokens.has(name), name).toBe(false);
    }
  });

  test('of bins are grey below 60 %, yellow from there, orange from 80 %, and red for a fire', () => {
    expect(stepsOf('waste', 'fill')).toEqual([
      [null, levels[0]],
      [60, levels[1]],
      [80, levels[2]],
    ]);
    expect(stepsOf('waste', 'temperature')).toEqual([
      [null, levels[0]],
      [60, levels[3]],
    ]);
  });

  test('of the river have the word beside them', () => {
    for (const { language, text } of boards.filter(({ name }) => name === 'overview')) {
      for (const [word, colour] of [
        ['Waspada', levels[1]],
        ['Siaga', levels[2]],
        ['Awas', levels[3]],
      ]) {
        expect(text, language).toMatch(new RegExp(`"${word}": \\{\\s+"text": "${word}",\\s+"color": "${colour}"`));
      }
    }
  });

  test('of air are those of ISPU, and no other board is green or blue as they are', () => {
    expect(stepsOf('air', 'pm2_5').slice(1)).toEqual([
      [55.4, '#cccc00'],
      [150.4, '#cc0000'],
    ]);
    for (const { file, name, text } of boards) {
      if (name === 'air')
        for (const word of ['Sangat Tidak Sehat', 'Very Unhealthy'])
          expect(boards.some((board) => board.text.includes(word))).toBe(true);
      else expect(text, file).not.toMatch(/#00cc00|#0000cc/);
    }
  });

  test('follow another palette, where waspada is blue and siaga yellow', () => {
    const text = renderBoards('television').get('en/overview.json') ?? '';
    expect(text).toMatch(new RegExp(`"Waspada": \\{\\s+"text": "Waspada",\\s+"color": "${warnings[1]}"`));
    expect(text).toMatch(new RegExp(`"Siaga": \\{\\s+"text": "Siaga",\\s+"color": "${warnings[2]}"`));
    expect(text).not.toContain(levels[2]);
  });
});

test('every query of every board has an answer that was reckoned beforehand, and the reverse', () => {
  const asked = inEnglish.flatMap(({ name, panels }) =>
    panels.flatMap(({ title, targets }) => targets.map(({ refId }) => `${name}/${title} ${refId}`)),
  );
  expect(asked.toSorted()).toEqual([...ORACLES.keys()].toSorted());
});
