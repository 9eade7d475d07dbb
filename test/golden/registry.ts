import { minutes } from '#model/base/duration.ts';
import { FAMILIES } from '#model/families/index.ts';
import type { Gateway } from '#model/registry/gateway.ts';
import type { Family } from '#model/readings/family.ts';
import type { Registry } from '#model/registry/registry.ts';
import type { Assignment, Device, FieldMapping } from '#model/registry/device.ts';
import type { Station } from '#model/registry/station.ts';
import { readProfiles } from '#cli/device/profile-files.ts';
import { withProfileInForce } from '#registry/profiles.ts';

/** 2026-01-01 in WIB: from here on every device has a station. */
const NEW_YEAR = 1_767_200_400_000;
/** 2026-06-01 in WIB: on this day `river-2` moves. */
const JUNE = 1_780_246_800_000;

const station = (id: string, family: string, attributes: Station['attributes'] = {}): Station => ({
  id,
  family,
  name: id,
  lat: -7.39,
  lon: 109.36,
  attributes,
});

const device = (
  id: string,
  assignments: readonly Assignment[],
  fields: Readonly<Record<string, FieldMapping>> = {},
): Device => ({ id, codec: 'json', every: minutes(1), fields, assignments, registeredAt: NEW_YEAR, revoked: false });

const at = (name: string): readonly Assignment[] => [{ station: name, from: NEW_YEAR }];

/** Every family has a station and a device, named like it: `PBG-<FAMILY>` and `<family>`. */
const stationOf = ({ name }: Family): Station => station(`PBG-${name.toUpperCase()}`, name);
const deviceOf = ({ name }: Family): Device => device(name, at(`PBG-${name.toUpperCase()}`));

const STATIONS: readonly Station[] = [
  ...FAMILIES.map(stationOf),
  station('PBG-AIR-1', 'air'),
  station('PBG-RIVER-1', 'river', { stage_max: 6.5 }),
  station('PBG-RIVER-2', 'river'),
  station('PBG-BIN-1', 'waste'),
  station('PBG-RAIN-1', 'weather'),
];

const GASES = {
  CO: { property: 'co', unit: '[ppb]' },
  O3: { property: 'o3', unit: '[ppb]' },
  mg_co: { property: 'co', unit: 'mg/m3' },
};

/** Names that decoders of network servers give, beside those of LPP. */
const RIVER_FIELDS = {
  distance_1: { property: 'distance' },
  temperatureSensor_2: { property: 'temperature' },
  temperature_2: { property: 'temperature' },
  voltage_3: { property: 'battery_voltage' },
};

const DEVICES: readonly Device[] = [
  ...FAMILIES.map(deviceOf),
  device('air-1', at('PBG-AIR-1')),
  { ...device('air-strict', at('PBG-AIR-1')), strict: true },
  { ...device('air-comma', at('PBG-AIR-1')), decimalComma: true },
  { ...device('air-comma-strict', at('PBG-AIR-1')), decimalComma: true, strict: true },
  { ...device('air-first', at('PBG-AIR-1')), duplicateNames: 'first' },
  { ...device('air-last', at('PBG-AIR-1')), duplicateNames: 'last' },
  device('air-ppb', at('PBG-AIR-1'), GASES),
  { ...device('air-ppb-last', at('PBG-AIR-1'), GASES), duplicateNames: 'last' },
  device('river-1', at('PBG-RIVER-1')),
  device('river-2', [...at('PBG-RIVER-1'), { station: 'PBG-RIVER-2', from: JUNE }]),
  { ...device('river-lpp', at('PBG-RIVER-1'), RIVER_FIELDS), codec: 'lpp' },
  { ...device('river-lpp-first', at('PBG-RIVER-1'), RIVER_FIELDS), codec: 'lpp', duplicateNames: 'first' },
  device('bin-1', at('PBG-BIN-1')),
  { ...device('bin-strict', at('PBG-BIN-1')), strict: true },
  device('bin-cm', at('PBG-BIN-1'), {
    dist: { property: 'distance', unit: 'cm' },
    batt: { property: 'battery_voltage', unit: 'mV' },
  }),
  {
    ...device('bin-zigbee', at('PBG-BIN-1'), {
      jarak: { property: 'distance', unit: 'mm', missing: [0, 65_535] },
      temperature: { property: 'temperature', missing: [-127, 85] },
    }),
    ignored: ['linkquality', 'update', 'battery_low', 'date', 'a/b'],
  },
  {
    ...device('air-tasmota', at('PBG-AIR-1'), {
      'BME280.Temperature': { property: 'temperature' },
      'BME280.Humidity': { property: 'relative_humidity' },
      'BME280.Pressure': { property: 'pressure', unit: "[in_i'Hg]" },
      'PMS5003.PM2.5': { property: 'pm2_5' },
    }),
    ignored: ['PMS5003.PB0.3', 'TempUnit', 'ENERGY'],
  },
  device('bin-inch', at('PBG-BIN-1'), { depth: { property: 'distance', unit: '[in_i]' } }),
  device('rain-1', at('PBG-RAIN-1')),
  device('rain-pa', at('PBG-RAIN-1'), {
    p: { property: 'pressure', unit: 'Pa' },
    t_f: { property: 'temperature', unit: '[degF]' },
  }),
];

const behind = (gateway: string, externalId: string, of: Device): Device => ({ ...of, gateway, externalId });

const AIR_FIELDS = {
  temperature_1: { property: 'temperature' },
  relative_humidity_2: { property: 'relative_humidity' },
  analog_in_3: { property: 'pm2_5' },
  analog_in_4: { property: 'pm10' },
  value_5: { property: 'battery_voltage' },
  voltage_5: { property: 'battery_voltage' },
};

/** A probe in the water: its depth is the stage, also where it was kept. */
const SUBMERGED = {
  depth: { property: 'stage' },
  history: { property: 'stage', unit: 'cm' },
};

const FORWARDED: readonly Device[] = [
  behind('ns-chirpstack', '70b3d57ed0051a03', device('river-decoded', at('PBG-RIVER-1'), RIVER_FIELDS)),
  {
    ...behind('ns-chirpstack', '70b3d57ed0051a04', device('river-raw', at('PBG-RIVER-1'), RIVER_FIELDS)),
    codec: 'lpp',
    network: { raw: true },
  },
  behind('ns-chirpstack', '24e124713c140003', device('bin-lora', at('PBG-BIN-1'))),
  { ...behind('ns-chirpstack', '24e124713c140004', device('bin-em400', at('PBG-BIN-1'))), codec: 'milesight' },
  {
    ...behind('ns-ttn', 'pbg-r06', device('river-em500', at('PBG-RIVER-1'), SUBMERGED)),
    codec: 'milesight',
  },
  { ...behind('ns-ttn', 'pbg-r05', device('river-ttn', at('PBG-RIVER-1'), RIVER_FIELDS)), codec: 'lpp' },
  behind('ns-ttn', 'pbg-a01', device('air-ttn', at('PBG-AIR-1'), AIR_FIELDS)),
];

const gateway = (id: string, kind: Gateway['kind']): Gateway => ({ id, kind, registeredAt: NEW_YEAR, revoked: false });
/** Profiles of the product; of each there is a device of its name at a station of each of its families. */
const PROFILES = Map.groupBy(readProfiles(undefined), ({ id }) => id);
const STATION_OF: Readonly<Record<string, string>> = {
  air: 'PBG-AIR-1',
  river: 'PBG-RIVER-1',
  waste: 'PBG-BIN-1',
  weather: 'PBG-RAIN-1',
};
const PROFILED: readonly Device[] = [...PROFILES].flatMap(([id, versions]) =>
  (versions.at(-1)?.families ?? []).map((family) => {
    const plain = { ...device(`${family}-${id}`, at(STATION_OF[family] ?? '')), profile: id, gateway: 'ns-ttn' };
    return withProfileInForce(plain, PROFILES, NEW_YEAR);
  }),
);

const GATEWAYS: readonly Gateway[] = [gateway('ns-chirpstack', 'chirpstack'), gateway('ns-ttn', 'ttn')];

/** The stations, devices and gateways of every golden case. */
export const REGISTRY: Registry = {
  revision: 1,
  stations: new Map(STATIONS.map((one) => [one.id, one])),
  devices: new Map([...DEVICES, ...FORWARDED, ...PROFILED].map((one) => [one.id, one])),
  gateways: new Map(GATEWAYS.map((one) => [one.id, one])),
  profiles: PROFILES,
};
