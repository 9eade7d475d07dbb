import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { ImportAnswer } from '#api/devices/import-schema.ts';
import { formatDuration, hours, minutes } from '#model/base/duration.ts';
import { formatInstant } from '#model/base/instant.ts';
import { hashSecret } from '#model/base/secret.ts';
import type { Device } from '#model/registry/device.ts';
import { Applied, DeviceDocument } from '#registry/schema.ts';
import { aDevice, answerOf, aStation, problemOf, type TestApi, testApi } from '#test/support/servers/api.ts';

const secretKey = Buffer.alloc(32, 7);
const PATH = '/v1/devices/import';

type Lines = z.infer<typeof ImportAnswer>['lines'];

const importing = async ({ post }: TestApi, devices: readonly object[], isDryRun = false): Promise<Lines> =>
  (await answerOf(await post(PATH, { devices, dry_run: isDryRun }), ImportAnswer)).lines;

const knownIn = ({ operations }: TestApi): Device | undefined => operations.registry().devices.get('dev-1');

const KNOWN = aDevice({
  codec: 'lpp',
  every: minutes(5),
  silentAfter: hours(6),
  externalId: '70b3d57ed0051a03',
  fields: { suhu: { property: 'temperature', scale: 0.1 } },
  network: { application: 'sungai', port: 85 },
  certificateOnly: true,
  duplicateNames: 'first',
  strict: true,
});

const started = async (known: Device = KNOWN): Promise<TestApi> => {
  const api = await testApi({}, { secretKey });
  await api.operations.changeRegistry([
    { kind: 'put-station', station: aStation({ id: 'ST2' }) },
    { kind: 'put-device', device: known },
  ]);
  return api;
};

/** Every member that a line may have of a known device, each there or not. */
const anyLine = fc.record(
  {
    station: fc.constantFrom('ST1', 'ST2'),
    from: fc.constantFrom('2020-01-01T00:00:00.000Z', '2026-03-01T00:00:00.000Z'),
    codec: fc.constantFrom('json', 'lpp'),
    every: fc.constantFrom('1m', '5m'),
    silent_after: fc.constantFrom('6h', '12h'),
    external_id: fc.constantFrom('70b3d57ed0051a03', '70b3d57ed0051a04'),
    installed_at: fc.constantFrom('2026-11-24', '2024-02-29'),
    certificate_only: fc.boolean(),
    time_member: fc.constantFrom('kapan', 't'),
    time_form: fc.constantFrom('iso', 'cclk'),
    time_zone: fc.constantFrom('WIB', '+08:00'),
    duplicate_names: fc.constantFrom('first', 'last'),
    decimal_comma: fc.boolean(),
    strict: fc.boolean(),
    fields: fc.constantFrom({}, { suhu: { property: 'temperature', scale: 0.1 } }),
    network: fc.constantFrom({ application: 'sungai', port: 85 }, { application: 'udara', port: 2 }),
  },
  { requiredKeys: [] },
);

/** The registered device, under the column names of a line. */
// oxlint-disable-next-line complexity -- one line for each column, each with its default
const registered = (device: Device | undefined) => ({
  station: device?.assignments.at(-1)?.station,
  from: formatInstant(device?.assignments.at(-1)?.from ?? 0),
  codec: device?.codec,
  every: device === undefined ? undefined : formatDuration(device.every),
  silent_after: device?.silentAfter === undefined ? null : formatDuration(device.silentAfter),
  external_id: device?.externalId ?? null,
  installed_at: device?.installedAt ?? null,
  certificate_only: device?.certificateOnly === true,
  time_member: device?.timeMember ?? null,
  time_form: device?.timeForm ?? null,
  time_zone: device?.timeZone ?? null,
  duplicate_names: device?.duplicateNames ?? null,
  decimal_comma: device?.decimalComma === true,
  strict: device?.strict === true,
  fields: device?.fields,
  network: device?.network ?? null,
});

const byMember = (a: { readonly member: string }, b: { readonly member: string }): number =>
  a.member < b.member ? -1 : 1;

/** The registry document of a device, applied. */
const applying = async ({ post }: TestApi, device: object, isDryRun: boolean): Promise<z.infer<typeof Applied>> => {
  const stations = [{ id: 'ST1' }, { id: 'ST2' }];
  const path = `/v1/registry/apply?dryRun=${isDryRun}`;
  return answerOf(await post(path, { stations, devices: [device] }), Applied);
};

describe('a registry document', () => {
  test('changes the members that are given alone, and says old and new, tried or done', async () => {
    const api = await started();
    await fc.assert(
      fc.asyncProperty(anyLine, async ({ from: _, ...line }) => {
        await api.operations.changeRegistry([{ kind: 'put-device', device: KNOWN }]);
        const before = registered(KNOWN);
        const tried = await applying(api, { id: 'dev-1', ...line }, true);
        expect(knownIn(api)).toEqual(KNOWN);
        expect((await applying(api, { id: 'dev-1', ...line }, false)).changes).toEqual(tried.changes);
        const after = registered(knownIn(api));
        const isMoved = line.station === 'ST2';
        expect(after).toEqual({ ...before, ...line, ...(isMoved ? { from: formatInstant(api.clock.now()) } : {}) });
        const old = new Map<string, unknown>(Object.entries(before));
        const expected = Object.entries(after)
          .map(([member, value]) => ({ member, before: old.get(member), after: value }))
          .filter((change) => !isDeepStrictEqual(change.before, change.after));
        const changes = tried.changes.flatMap((of) => of.changes);
        expect(changes.toSorted(byMember)).toEqual(expected.toSorted(byMember));
      }),
      { numRuns: 50 },
    );
  });

  test('takes a member away by null, and keeps the attributes of a station that it does not name', async () => {
    const api = await started();
    await api.operations.changeRegistry([
      { kind: 'put-station', station: aStation({ id: 'ST2', attributes: { siaga: 2.5 } }) },
    ]);
    const { changes } = await applying(api, { id: 'dev-1', silent_after: null, fields: {} }, false);
    expect(changes.flatMap((of) => of.changes)).toEqual([
      { member: 'silent_after', before: '6h', after: null },
      { member: 'fields', before: { suhu: { property: 'temperature', scale: 0.1 } }, after: {} },
    ]);
    expect(knownIn(api)).not.toHaveProperty('silentAfter');
    expect(api.operations.registry().stations.get('ST2')?.attributes).toEqual({ siaga: 2.5 });
  });

  test('shows the stations of a device where its former ones change', async () => {
    const api = await started(aDevice({ assignments: [{ station: 'ST1', from: 0 }] }));
    const assignments = [
      { station: 'ST2', from: '2026-01-01T00:00:00Z' },
      { station: 'ST1', from: '2026-02-01T00:00:00Z' },
    ];
    await applying(api, { id: 'dev-1', assignments }, false);
    const later = [{ station: 'ST2', from: '2026-01-15T00:00:00Z' }, assignments[1]];
    const { changes } = await applying(api, { id: 'dev-1', assignments: later }, true);
    expect(changes.flatMap((of) => of.changes)).toMatchObject([
      {
        member: 'assignments',
        before: expect.stringContaining('2026-01-01'),
        after: expect.stringContaining('2026-01-15'),
      },
    ]);
  });

  test('needs every member of a station or a device that is new', async () => {
    const { post } = await started();
    const station = await problemOf(await post('/v1/registry/apply', { stations: [{ id: 'ST9', name: 'x' }] }));
    expect(station).toMatchObject({ status: 400, detail: expect.stringContaining('station ST9: "family"') });
    const stations = [{ id: 'ST1' }, { id: 'ST2' }];
    const device = await problemOf(await post('/v1/registry/apply', { stations, devices: [{ id: 'new-1' }] }));
    expect(device).toMatchObject({ status: 400, detail: expect.stringContaining('device new-1 is new') });
  });
});

describe('a move', () => {
  const at = (month: number): string => formatInstant(Date.UTC(2026, month - 1, 1));
  const moving = (api: TestApi, station: string, from?: string): Promise<Response> =>
    api.post('/v1/devices/dev-1/move', { station, ...(from === undefined ? {} : { from }) });
  const placesIn = (api: TestApi): readonly string[] =>
    (knownIn(api)?.assignments ?? []).map(({ station, from }) => `${station} ${formatInstant(from)}`);

  test('holds from its time on until the next that is registered', async () => {
    const api = await started(aDevice({ assignments: [{ station: 'ST1', from: Date.UTC(2026, 0, 1) }] }));
    const answer = await answerOf(await moving(api, 'ST2', at(3)), DeviceDocument);
    expect(answer.assignments).toEqual([
      { station: 'ST1', from: at(1) },
      { station: 'ST2', from: at(3) },
    ]);
    await moving(api, 'ST1', at(5));
    await moving(api, 'ST2', at(2));
    expect(placesIn(api)).toEqual([`ST1 ${at(1)}`, `ST2 ${at(2)}`, `ST1 ${at(5)}`]);
    await moving(api, 'ST2', at(5));
    expect(placesIn(api)).toEqual([`ST1 ${at(1)}`, `ST2 ${at(2)}`]);
    await moving(api, 'ST1');
    expect(placesIn(api).at(-1)).toBe(`ST1 ${formatInstant(api.clock.now())}`);
  });

  test('changes nothing but the stations, and nothing at all where the device is there', async () => {
    const api = await started();
    await moving(api, 'ST2');
    const { assignments: _, ...moved } = knownIn(api) ?? KNOWN;
    const { assignments: __, ...known } = KNOWN;
    expect(moved).toEqual(known);
    const { revision } = api.operations.registry();
    expect((await moving(api, 'ST2', at(12))).status).toBe(200);
    expect(api.operations.registry().revision).toBe(revision);
  });

  test('goes to a station that is registered, with a family that has the mapped properties', async () => {
    const api = await started(aDevice({ fields: { debu: { property: 'pm2_5' } } }));
    await api.operations.changeRegistry([{ kind: 'put-station', station: aStation({ id: 'ST3', family: 'river' }) }]);
    expect(await problemOf(await moving(api, 'ST9'))).toMatchObject({ status: 400, code: 'REQUEST_INVALID' });
    expect(await problemOf(await moving(api, 'ST3'))).toMatchObject({ status: 400, code: 'REQUEST_INVALID' });
    expect((await api.post('/v1/devices/no-one/move', { station: 'ST1' })).status).toBe(404);
  });
});

describe('an import', () => {
  test('of nothing but id and station leaves a known device as it is', async () => {
    const api = await started();
    expect(await importing(api, [{ id: 'dev-1', station: 'ST1' }])).toEqual([{ id: 'dev-1', outcome: 'unchanged' }]);
    expect(knownIn(api)).toEqual(KNOWN);
    expect(await importing(api, [{ id: 'dev-1' }])).toEqual([{ id: 'dev-1', outcome: 'unchanged' }]);
  });

  test('changes the members that are given alone, and says old and new, tried or done', async () => {
    const api = await started();
    await fc.assert(
      fc.asyncProperty(anyLine, async (line) => {
        await api.operations.changeRegistry([{ kind: 'put-device', device: KNOWN }]);
        const before = registered(KNOWN);
        const tried = await importing(api, [{ id: 'dev-1', ...line }], true);
        expect(knownIn(api)).toEqual(KNOWN);
        const done = await importing(api, [{ id: 'dev-1', ...line }]);
        expect(done).toEqual(tried);
        const after = registered(knownIn(api));
        const isMoved = line.station === 'ST2' && line.from === undefined;
        expect(after).toEqual({ ...before, ...line, ...(isMoved ? { from: formatInstant(api.clock.now()) } : {}) });
        const old = new Map<string, unknown>(Object.entries(before));
        const expected = Object.entries(after)
          .map(([member, value]) => ({ member, before: old.get(member), after: value }))
          .filter((change) => !isDeepStrictEqual(change.before, change.after));
        const [{ changes = [], outcome } = { outcome: 'refused' }] = done;
        expect(changes.toSorted(byMember)).toEqual(expected.toSorted(byMember));
        expect(outcome).toBe(expected.length === 0 ? 'unchanged' : 'updated');
      }),
      { numRuns: 50 },
    );
  });

  test('keeps where a device was before', async () => {
    const api = await started(aDevice({ assignments: [{ station: 'ST1', from: 1 }] }));
    await importing(api, [{ id: 'dev-1', station: 'ST2' }]);
    const { assignments = [] } = knownIn(api) ?? {};
    expect(assignments).toEqual([
      { station: 'ST1', from: 1 },
      { station: 'ST2', from: api.clock.now() },
    ]);
    await importing(api, [{ id: 'dev-1', from: '2026-03-01T00:00:00Z' }]);
    expect(knownIn(api)?.assignments).toEqual([
      { station: 'ST1', from: 1 },
      { station: 'ST2', from: Date.UTC(2026, 2, 1) },
    ]);
  });

  test('gives a new device what is usual where the line says nothing', async () => {
    const api = await started();
    const [line, lost] = await importing(api, [
      { id: 'new-1', station: 'ST1' },
      { id: 'new-2', every: '5m' },
    ]);
    expect(line).toMatchObject({ outcome: 'created' });
    expect(line?.changes).toBeUndefined();
    expect(api.operations.registry().devices.get('new-1')).toMatchObject({
      codec: 'json',
      every: minutes(1),
      fields: {},
    });
    expect(lost).toMatchObject({ outcome: 'refused', why: expect.stringContaining('"station"') });
  });

  test('takes the secret of a known device for what it is, and changes none', async () => {
    const api = await started();
    const own = 'the-secret-of-dev-1';
    const hash = hashSecret(secretKey, own);
    await api.operations.changeRegistry([{ kind: 'add-secret', device: 'dev-1', hash, at: 0 }]);
    expect(await importing(api, [{ id: 'dev-1', secret: own }])).toEqual([{ id: 'dev-1', outcome: 'unchanged' }]);
    const [other] = await importing(api, [{ id: 'dev-1', secret: 'another-secret-of-16' }]);
    expect(other).toMatchObject({ outcome: 'refused', why: expect.stringContaining('klawing device rotate dev-1') });
    expect(JSON.stringify(other)).not.toContain('another-secret');
    expect(api.operations.secretHashes('dev-1', api.clock.now())).toHaveLength(1);
  });

  test('refuses a device that is named twice, one that is shut out and one named as a gateway', async () => {
    const api = await started();
    await api.post('/v1/gateways', { id: 'ns-1', kind: 'ttn', devices: [] });
    const twice = await importing(api, [
      { id: 'dev-1', every: '2m' },
      { id: 'dev-1', every: '3m' },
      { id: 'ns-1', station: 'ST1' },
    ]);
    expect(twice.map(({ outcome }) => outcome)).toEqual(['updated', 'refused', 'refused']);
    await api.post('/v1/devices/dev-1/revoke', {});
    expect(await importing(api, [{ id: 'dev-1', every: '2m' }])).toMatchObject([{ outcome: 'refused' }]);
  });
});
