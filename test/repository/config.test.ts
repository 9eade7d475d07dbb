import { readProfiles } from '#cli/device/profile-files.ts';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { CHANNELS } from '#alerter/notify/channels/index.ts';
import { Settings } from '#cli/settings.ts';
import { planApply } from '#registry/plan.ts';
import { RegistryDocument } from '#registry/schema.ts';
import { keysOf, SETTINGS_SCHEMA } from './settings/schema.ts';

/** Sections of an example as they read without the "#" before each line; "##" stays a comment. */
const sectionsOf = (text: string): readonly string[] =>
  text.split(/^(?=#[a-zA-Z])/m).flatMap((part) => (part.startsWith('##') ? [] : [part.replaceAll(/^#(?!#)/gm, '')]));

const leavesOf = (tree: unknown, prefix = ''): readonly string[] =>
  typeof tree === 'object' && tree !== null
    ? Object.entries(tree).flatMap(([key, below]: [string, unknown]) => leavesOf(below, `${prefix}${key}.`))
    : [prefix.slice(0, -1)];

/** Channels are named by whoever sets them up. */
const withoutChannel = (path: string): string => path.replace(/^(alerts\.channels)\..+$/, '$1');

/** Settings that have no default; the example shows what one may look like. */
const WITHOUT_DEFAULT = new Set([
  'profiles',
  'readToken',
  'broker.tls.cert',
  'broker.tls.key',
  'broker.tls.clientCa',
  'broker.tls.crl',
  'broker.webOrigins',
  'accounts.oidc.issuer',
  'accounts.oidc.clientId',
  'accounts.oidc.clientSecret',
  'accounts.oidc.name',
  'accounts.oidc.defaultRole',
  'api.language',
  'api.tilesUrl',
  'api.tilesAttribution',
  'ingest.quality',
  'alerts.rules',
  'alerts.link',
  'alerts.channels',
  'store.token',
  'store.user',
  'store.password',
  'store.retention',
]);

describe('config/klawing.yaml', () => {
  const text = readFileSync('config/klawing.yaml', 'utf8');
  const sections = sectionsOf(text);

  test('changes nothing as it is', () => {
    expect(parse(text)).toBeNull();
  });

  test('shows every setting, and no other', () => {
    const shown = sections.flatMap((section) => leavesOf(parse(section))).map(withoutChannel);
    expect(new Set(shown)).toEqual(new Set(keysOf(SETTINGS_SCHEMA)));
  });

  test.for(sections)('shows defaults, and valid examples of what has none: %s', (section) => {
    const shown: unknown = parse(section);
    const read = Settings.parse(shown);
    const defaults = Settings.parse(read.store.kind === 'influx' ? { store: { kind: 'influx' } } : {});
    for (const path of leavesOf(shown)) {
      if (WITHOUT_DEFAULT.has(withoutChannel(path))) continue;
      const at = (tree: unknown): unknown => path.split('.').reduce((below, key) => Object(below)[key], tree);
      expect(at(read), path).toEqual(at(defaults));
    }
  });
});

test('docs/alerts.md has a row for every kind of channel, with its settings', () => {
  const rows = readFileSync('docs/alerts.md', 'utf8').split('\n');
  for (const { name, summary, isDefault, settings } of CHANNELS) {
    const row = rows.find((line) => line.startsWith(`| \`${name}\` | ${summary}${isDefault ? ' (*default*)' : ''} |`));
    const shown = [...((row ?? '').split('|')[3]?.matchAll(/`([^`]+)`/g) ?? [])].map(([, key]) => key);
    const keys = Object.keys(settings.shape).filter((key) => key !== 'kind' && key !== 'enabled');
    expect(new Set(shown), name).toEqual(new Set(keys));
  }
});

test('config/klawing.yaml shows every kind of channel, with every setting of it', () => {
  const shown = z
    .object({ alerts: z.object({ channels: z.record(z.string(), z.looseObject({ kind: z.string() })) }) })
    .parse(parse(sectionsOf(readFileSync('config/klawing.yaml', 'utf8')).at(-1) ?? '')).alerts.channels;
  for (const { name, settings } of CHANNELS) {
    const example = Object.values(shown).find(({ kind }) => kind === name);
    expect(Object.keys(example ?? {}).toSorted()).toEqual(Object.keys(settings.shape).toSorted());
  }
});

describe('config/stations.yaml', () => {
  const text = readFileSync('config/stations.yaml', 'utf8');
  const document = RegistryDocument.parse(parse(sectionsOf(text).join('\n')));

  test('changes nothing as it is', () => {
    expect(parse(text)).toBeNull();
  });

  test('can be applied to an empty registry', () => {
    const plan = planApply(
      {
        revision: 0,
        stations: new Map(),
        devices: new Map(),
        gateways: new Map(),
        profiles: Map.groupBy(readProfiles(undefined), ({ id }) => id),
      },
      document,
      0,
    );
    expect(plan.added).toEqual(['pbg-a01', 'pbg-r03']);
    expect(plan.stations.map(({ id }) => id)).toEqual(['PBG-A01', 'PBG-R03']);
  });

  test('shows every member of a station and of a device', () => {
    const shown = new Set(text.match(/\b[a-z_]+(?=:)/g));
    const { stations, devices } = RegistryDocument.shape;
    for (const key of Object.keys(stations.element.shape)) expect(shown).toContain(key);
    for (const key of Object.keys(devices.unwrap().element.shape)) expect(shown).toContain(key);
  });
});
