import type { ReadObservation } from '#ingest/batch.ts';
import { hours } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import { parseForwarded } from '#model/registry/gateway.ts';
import { type Instant, formatInstant } from '#model/base/instant.ts';
import { pointerStep } from '#model/base/json-pointer.ts';
import type { Message, Observation, Refusal } from '#model/readings/message.ts';
import type { Entry } from '#model/readings/packet.ts';
import { AHEAD, type Reading } from '#model/readings/reading.ts';
import type { Registry } from '#model/registry/registry.ts';
import type { Device } from '#model/registry/device.ts';
import { type DeviceView, type DeviceViews, type Target, deviceViews } from './device-view.ts';

/** The accepted observations of a message, the refused parts, and the number of members without a value. */
export interface Validated {
  readonly observed: readonly ReadObservation[];
  readonly refused: readonly Refusal[];
  readonly missing: number;
}

/** 2020-01-01T00:00:00Z: an older time is that of a clock which was never set. */
const EARLIEST: Instant = 1_577_836_800_000;
/** A clock in local time without its offset is ahead by the zone: 7 hours in WIB. */
const WIB_OFFSET = hours(7);

const checkTime = (time: Instant, receivedAt: Instant): Fault | undefined => {
  if (time < EARLIEST) {
    return new Fault('TIME_BEFORE_2020', `${describe(time)}; set the clock of the device (NTP, GPS) before it reports`);
  }
  if (time <= receivedAt + AHEAD.ms) return undefined;
  const isZone = Math.abs(time - receivedAt - WIB_OFFSET.ms) < AHEAD.ms;
  const advice = isZone
    ? 'it looks like local time (WIB) without its offset: send UTC, or add +07:00'
    : 'set the clock of the device, and send UTC or an offset';
  return new Fault('TIME_AHEAD', `${describe(time)} arrived at ${formatInstant(receivedAt)}; ${advice}`);
};

/** A time for people; one that no calendar holds is shown as the number it is. */
const describe = (time: Instant): string => (Math.abs(time) <= 8.64e15 ? formatInstant(time) : String(time));

/** A name as a message shows it: a sender may have given one of a megabyte. */
const cut = (name: string): string => (name.length > 60 ? `${name.slice(0, 57)}...` : name);

const explainProperty = (field: string, view: DeviceView): Fault =>
  new Fault(
    'PROPERTY_UNKNOWN',
    `"${cut(field)}" at station ${view.station.id} (${view.family.name}); known are ${Object.keys(view.family.properties).join(', ')}; ` +
      'send one of these names, or register a field mapping for the device',
  );

interface GatheredReadings {
  readonly observed: ReadObservation[];
  readonly refused: Refusal[];
  missing: number;
}

/** What a field comes to: a value in the property's unit, or why not; null where it says "no value". */
const convert = (
  field: string,
  value: number | null,
  view: DeviceView,
  before: readonly Reading[],
): Converted | Fault | null => {
  const target = view.target(field);
  if (target === undefined) return explainProperty(field, view);
  if (value === null) return null;
  const converted = target.isPlain ? value : value * target.scale + target.offset;
  if (!Number.isFinite(converted)) {
    return new Fault(
      'VALUE_NOT_A_NUMBER',
      `"${field}" is ${value}, beyond all numbers in the unit of ${target.property}`,
    );
  }
  if (before.some(({ property }) => property === target.property)) {
    return new Fault('PROPERTY_TWICE', `"${field}" is ${target.property}, which another field of this reading is too`);
  }
  return { target, value: converted };
};

interface Converted {
  readonly target: Target;
  readonly value: number;
}

const gather = (entry: Entry, observation: Observation, view: DeviceView, into: GatheredReadings): void => {
  const readings: Reading[] = [];
  const observedAt = observation.time ?? entry.receivedAt;
  const timedBy = observation.time === undefined ? 'arrival' : 'device';
  for (const [field, given] of observation.values) {
    const converted = convert(field, given, view, readings);
    if (converted === null) {
      into.missing += 1;
    } else if (converted instanceof Fault) {
      into.refused.push({ place: observation.place + pointerStep(field), fault: converted, readings: 1 });
    } else {
      readings.push({
        device: entry.sender,
        station: view.station.id,
        family: view.family.name,
        property: converted.target.property,
        value: converted.value,
        observedAt,
        receivedAt: entry.receivedAt,
        timedBy,
        sequence: entry.sequence,
        place: observation.place + converted.target.step,
      });
    }
  }
  for (const refusal of observation.refused) into.refused.push(refusal);
  if (readings.length > 0) into.observed.push({ readings, id: observation.id });
};

/** How many readings an observation would have given: what is lost when it is refused as a whole. */
const sizeOf = (observation: Observation): number => Math.max(1, observation.values.size + observation.refused.length);

const refuse = (observation: Observation, fault: Fault): Refusal => ({
  place: observation.place,
  fault,
  readings: sizeOf(observation),
});

const explainUnassigned = (device: Device, at: Instant): Fault => {
  const [first] = device.assignments;
  return new Fault(
    'DEVICE_UNASSIGNED',
    first === undefined
      ? `${device.id} has no station; assign it to one`
      : `${device.id} belongs to ${first.station} from ${formatInstant(first.from)} on, the reading is of ${describe(at)}; correct the date of the assignment`,
  );
};

const explainUnknown = ({ sender, topic }: Entry, isGateway: boolean): Fault => {
  const forwarded = parseForwarded(topic);
  if (forwarded === undefined && isGateway) {
    const members = 'deviceInfo.applicationId and deviceInfo.devEui of ChirpStack, end_device_ids of The Things Stack';
    return new Fault(
      'DEVICE_UNKNOWN',
      `gateway ${sender} does not say of which device this is; its network server has to post whole events (${members})`,
    );
  }
  return new Fault(
    'DEVICE_UNKNOWN',
    forwarded === undefined
      ? `"${sender}"; register it with "klawing device add", then replay`
      : `"${forwarded.externalId}" of gateway ${sender}; register it with "klawing device add … --external-id ${forwarded.externalId}", ` +
          `name it in "klawing gateway assign ${sender}", then replay`,
  );
};

/** Of a stranger nobody knows the codec, so that bytes without values are no reason of their own. */
const ofStranger = (entry: Entry, isGateway: boolean, { observations, refused }: Message): readonly Refusal[] => {
  const fault = explainUnknown(entry, isGateway);
  return [
    ...refused.map((refusal) => (refusal.fault.code === 'NO_VALUES' ? { ...refusal, fault } : refusal)),
    ...observations.map((observation) => refuse(observation, fault)),
  ];
};

/** Believes or refuses what a message says: known device and station, known property, its unit, a plausible time. */
export type Validate = (entry: Entry, message: Message) => Validated;

const observe = (
  entry: Entry,
  device: Device,
  views: DeviceViews,
  observation: Observation,
  into: GatheredReadings,
): void => {
  const at = observation.time ?? entry.receivedAt;
  const wrongTime = observation.time === undefined ? undefined : checkTime(observation.time, entry.receivedAt);
  if (wrongTime !== undefined) {
    into.refused.push(refuse(observation, wrongTime));
    return;
  }
  const view = views.at(device, at);
  if (view === undefined) into.refused.push(refuse(observation, explainUnassigned(device, at)));
  else gather(entry, observation, view, into);
};

/** Validation against one revision of the registry. */
export const validating = (registry: Registry): Validate => {
  const views = deviceViews(registry);
  return (entry, message) => {
    const device = registry.devices.get(entry.sender);
    if (device === undefined)
      return { observed: [], refused: ofStranger(entry, registry.gateways.has(entry.sender), message), missing: 0 };
    const gathered: GatheredReadings = { observed: [], refused: [...message.refused], missing: 0 };
    for (const observation of message.observations) observe(entry, device, views, observation, gathered);
    return gathered;
  };
};
