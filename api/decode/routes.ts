import type { z } from 'zod';
import { problem } from '#api/problem.ts';
import type { Api, RouteContext } from '#api/route.ts';
import { faultsInIndonesian } from '#dashboards/console/text/faults-id.ts';
import { type Explained, type ExplainedField, explainPacket, type FieldOutcome } from '#ingest/explain.ts';
import { describing } from '#model/base/document.ts';
import { minutes } from '#model/base/duration.ts';
import { FAULTS } from '#model/base/fault.ts';
import { type Instant, formatInstant } from '#model/base/instant.ts';
import { familyNamed } from '#model/families/index.ts';
import { grossRangeAt } from '#model/readings/gross-range.ts';
import type { Refusal } from '#model/readings/message.ts';
import type { Qualified } from '#model/readings/reading.ts';
import type { Property } from '#model/readings/family.ts';
import { Profile } from '#model/registry/profile.ts';
import { type Registry, replayedWith } from '#model/registry/registry.ts';
import { newestOf, withProfileInForce } from '#registry/profiles.ts';
import { Decoded, DecodeRequest, ProfileList } from './schema.ts';

type DecodedField = Decoded['messages'][number]['fields'][number];

const EXPLANATIONS: Readonly<Record<FieldOutcome, { readonly id: string; readonly en: string }>> = {
  stored: { id: 'akan disimpan', en: 'would be stored' },
  'stored-missing': {
    id: 'kode untuk nilai yang hilang; akan disimpan dengan tanda MISSING',
    en: 'a missing code; would be stored as MISSING',
  },
  'no-value': { id: 'tanpa nilai; tidak disimpan', en: 'no value; not stored' },
  refused: { id: 'ditolak; lihat "refused"', en: 'refused; see "refused"' },
  'not-counted': { id: 'nilai lain dari besaran yang sama berlaku', en: 'another value of the same property counts' },
};

const propertyOf = (family: string, name: string): Property | undefined => {
  const properties: Readonly<Record<string, Property>> = familyNamed(family)?.properties ?? {};
  return properties[name];
};

type DescribedReading = Pick<
  DecodedField,
  'property' | 'value' | 'unit' | 'range' | 'flag' | 'station' | 'observed_at'
>;

const NO_READING: DescribedReading = {
  property: null,
  value: null,
  unit: null,
  range: null,
  flag: null,
  station: null,
  observed_at: null,
};

const describeReading = (reading: Qualified, { stations }: Registry): DescribedReading => {
  const property = propertyOf(reading.family, reading.property);
  const station = stations.get(reading.station);
  return {
    property: reading.property,
    value: reading.value,
    unit: property?.unit ?? null,
    range: property === undefined || station === undefined ? null : [...grossRangeAt(station, property)],
    flag: reading.flag,
    station: reading.station,
    observed_at: formatInstant(reading.observedAt),
  };
};

const describeField = ({ reading, outcome, ...field }: ExplainedField, registry: Registry): DecodedField => ({
  ...field,
  outcome,
  explanation: { ...EXPLANATIONS[outcome] },
  ...(reading === undefined ? NO_READING : describeReading(reading, registry)),
});

const describeRefusal = ({ place, fault, readings }: Refusal): Decoded['refused'][number] => {
  const en = FAULTS[fault.code].title;
  return {
    place,
    code: fault.code,
    title: { id: faultsInIndonesian[fault.code] ?? en, en },
    detail: fault.detail,
    readings,
  };
};

const timeText = (time: Instant | undefined): string | null =>
  time === undefined || Math.abs(time) > 8.64e15 ? null : formatInstant(time);

const describeExplained = (
  explained: Explained,
  { device, topic, receivedAt, registry }: DecodedPlace & { readonly registry: Registry },
): Decoded => {
  const { codec, codecVersion, registration, messages, refused, readings } = explained;
  const { profile } = registration ?? {};
  return {
    device,
    topic,
    received_at: formatInstant(receivedAt),
    codec,
    codec_version: codecVersion,
    profile: profile === undefined ? null : { id: profile.id, version: profile.version },
    ignored: [...(registration?.device.ignored ?? [])],
    messages: messages.map(({ place, time, id, fields }) => ({
      place,
      time: timeText(time),
      id: id ?? null,
      fields: fields.map((field) => describeField(field, registry)),
    })),
    refused: refused.map(describeRefusal),
    readings: readings.length,
  };
};

interface DecodedPlace {
  readonly device: string;
  readonly topic: string;
  readonly receivedAt: Instant;
}

/** Name of the device and the station at which a profile is tried. */
const TRIED = 'try';

/** A registry with nothing but a device that has the profile. */
const triedOf = (registry: Registry, id: string): Registry => {
  const { profiles } = registry;
  const [family = ''] = newestOf(profiles, id).families;
  const station = { id: TRIED, family, name: TRIED, lat: 0, lon: 0, attributes: {} };
  const assignments = [{ station: TRIED, from: 0 }];
  const plain = {
    id: TRIED,
    codec: 'json',
    every: minutes(1),
    fields: {},
    assignments,
    registeredAt: 0,
    revoked: false,
  };
  const device = withProfileInForce({ ...plain, profile: id }, profiles, 0);
  const [stations, devices] = [new Map([[TRIED, station]]), new Map([[TRIED, device]])];
  return { ...registry, stations, devices, gateways: new Map() };
};

/** Topics of network servers, and whole topics of devices. */
const WHOLE = /^(?:v1|v3|application)\//;

const decode = (body: z.infer<typeof DecodeRequest>, registered: Registry, now: Instant): Decoded => {
  const registry =
    body.profile === undefined ? replayedWith(registered, body.profiles) : triedOf(registered, body.profile);
  const device = body.device ?? TRIED;
  const topic = WHOLE.test(body.topic) ? body.topic : `v1/${device}/${body.topic}`;
  const receivedAt = body.received_at ?? now;
  const payload =
    body.payload === undefined ? Buffer.from(body.payload_base64 ?? '', 'base64') : Buffer.from(body.payload);
  const sender = { kind: 'readings', sender: device, connection: 0, qos: 1, dup: false, packetId: 0 } as const;
  const explained = explainPacket(registry, { ...sender, sequence: 1, topic, payload, receivedAt });
  return describeExplained(explained, { device, topic, receivedAt, registry });
};

const describeProfile = describing(Profile);

/** `POST /v1/decode`, `GET /v1/profiles` */
export const decodeRoutes = (api: Api, { deps }: RouteContext): void => {
  api.route({
    method: 'POST',
    url: '/v1/decode',
    config: { access: 'read' },
    schema: {
      operationId: 'decode',
      summary: 'Show what a payload would become',
      description:
        'Runs a payload through the steps of the pipeline and stores nothing: codec, profile and version, fields, time, unit, limits, flags, and ' +
        'what would be stored, or where and why not. Repetitions are not recognised, and values are not compared with earlier ones.',
      tags: ['registry'],
      body: DecodeRequest,
      response: { 200: Decoded, 400: problem('The request is not as described, or there is no such profile.') },
    },
    handler: ({ body }) => decode(body, deps.operations.registry(), deps.clock.now()),
  });

  api.route({
    method: 'GET',
    url: '/v1/profiles',
    config: { access: 'read' },
    schema: {
      operationId: 'listProfiles',
      summary: 'List device profiles',
      description: 'The newest version of each profile, with the dates of all its versions.',
      tags: ['registry'],
      response: { 200: ProfileList },
    },
    handler: () => {
      const { profiles, devices } = deps.operations.registry();
      const users = [...devices.values()];
      return {
        profiles: [...profiles].flatMap(([id, versions]) => {
          const newest = versions.at(-1);
          if (newest === undefined) return [];
          const count = users.filter((device) => device.profile === id).length;
          const dates = versions.map(({ version }) => version);
          return [{ profile: describeProfile(newest), versions: dates, devices: count }];
        }),
      };
    },
  });
};
