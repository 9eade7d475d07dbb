import type { DecodedPacket } from '#ingest/batch.ts';
import type { BatchBuilder } from './batch-builder.ts';
import { Fault } from '#model/base/fault.ts';
import { parseForwarded } from '#model/registry/gateway.ts';
import { type Instant, formatInstant } from '#model/base/instant.ts';
import { pointerStep } from '#model/base/json-pointer.ts';
import { ARRIVAL, DEVICE } from '#model/readings/columns.ts';
import {
  lostTo,
  type Message,
  type Observation,
  type PlainMessage,
  type Refusal,
  type Shape,
  stepIn,
} from '#model/readings/message.ts';
import type { Entry } from '#model/readings/packet.ts';
import { hasNoClock } from '#model/payload/device-time.ts';
import type { Registry } from '#model/registry/registry.ts';
import type { Device } from '#model/registry/device.ts';
import { describeTime, explainTime, isUsable, localClock } from './check-time.ts';
import { type DeviceView, type DeviceViews, deviceViews, isCode, isMissing, type ShapeTargets } from './device-view.ts';

/** A name as a message shows it: a sender may have given one of a megabyte. */
const cut = (name: string): string => (name.length > 60 ? `${name.slice(0, 57)}...` : name);

const explainProperty = (field: string, view: DeviceView): Fault =>
  new Fault(
    'PROPERTY_UNKNOWN',
    `"${cut(field)}" at station ${view.station.id} (${view.family.name}); known are ${Object.keys(view.family.properties).join(', ')}; ` +
      'send one of these names, or register a field mapping for the device',
  );

const NONE_REFUSED: readonly Refusal[] = [];

/** The refused parts of a packet, and the number of members without a value. */
class Refused {
  #parts: Refusal[] | undefined;
  missing = 0;

  get parts(): readonly Refusal[] {
    return this.#parts ?? NONE_REFUSED;
  }

  add(part: Refusal): void {
    if (this.#parts === undefined) this.#parts = [part];
    else this.#parts.push(part);
  }

  addAll(parts: readonly Refusal[]): void {
    for (const part of parts) this.add(part);
  }
}

/** One observation in the form in which it is validated. */
interface Given
  extends Pick<Observation, 'sinceArrival'>,
    Pick<PlainMessage, 'time' | 'id' | 'place' | 'shape' | 'numbers'> {
  /** Members that could not be read; absent where all could. */
  readonly refused?: readonly Refusal[];
  /** Names of values that came as `true` or `false`. */
  readonly truths?: ReadonlySet<string> | undefined;
}

const refuseField = (given: Given, field: number, fault: Fault, into: Refused): void => {
  into.add({ place: given.place + stepIn(given.shape, field), fault, readings: 1 });
};

const explainNumber = (field: string, value: number, property: string): Fault =>
  new Fault('VALUE_NOT_A_NUMBER', `"${field}" is ${value}, beyond all numbers in the unit of ${property}`);

/** The fault of a unit that came with a value of a known property; undefined where the property is not known. */
const explainUnit = (field: string, unit: string | undefined, view: DeviceView): Fault | undefined => {
  const property = view.propertyOf(field);
  const { properties } = view.family;
  const wanted = Object.hasOwn(properties, property) ? properties[property]?.unit : undefined;
  if (unit === undefined || wanted === undefined) return undefined;
  return new Fault('UNIT_WRONG', `"${cut(field)}" came in "${unit}", which cannot become ${wanted} of ${property}`);
};

const explainTwice = (field: string, property: string, others: readonly string[]): Fault =>
  new Fault(
    'PROPERTY_TWICE',
    `"${cut(field)}" is ${property}, and so is "${others.map(cut).join('", "')}"; send one of them, or register which value counts`,
  );

const explainTruth = (field: string, property: string): Fault =>
  new Fault('VALUE_NOT_A_NUMBER', `"${cut(field)}" is true or false, and ${property} is not 0 or 1; send a number`);

/** Fields that do not count, because another field of the observation is the same property; each with its fault, or none. */
const besideTwins = ({ shape: { names }, numbers }: Given, view: DeviceView, { of, twins = [] }: ShapeTargets) => {
  const beside = new Map<number, Fault | undefined>();
  for (const fields of twins) {
    const given = fields.filter((at) => !isMissing(numbers[at] ?? Number.NaN, of[at]));
    if (given.length < 2) continue;
    const { duplicateNames } = view;
    const counting = duplicateNames === undefined ? undefined : given.at(duplicateNames === 'first' ? 0 : -1);
    for (const at of given) {
      if (at === counting) continue;
      const others = given.filter((other) => other !== at).map((other) => names[other] ?? '');
      const property = of[at]?.series.property ?? '';
      beside.set(at, counting === undefined ? explainTwice(names[at] ?? '', property, others) : undefined);
    }
  }
  return beside;
};

const NONE_BESIDE: ReadonlyMap<number, Fault | undefined> = new Map();

const VALUES = '/values';

/** The first step of a place below another one; undefined where it is not below it. */
const stepBelow = (place: string, above: string): string | undefined =>
  place.startsWith(`${above}/`) ? /^\/[^/]*/.exec(place.slice(above.length))?.[0] : undefined;

/** The refused members of an observation without those that are not wanted, which may also stand beside its `values`. */
const wanted = (refused: readonly Refusal[], place: string, ignored: ReadonlySet<string>): readonly Refusal[] => {
  if (ignored.size === 0) return refused;
  const beside = place.endsWith(VALUES) ? place.slice(0, -VALUES.length) : place;
  return refused.filter((refusal) => {
    const step = stepBelow(refusal.place, place) ?? stepBelow(refusal.place, beside);
    return step === undefined || !ignored.has(step);
  });
};

/** Adds the readings of an observation to the batch: each value in the unit of its property, or a refusal. */
// oxlint-disable-next-line complexity -- one condition for each kind of refusal
const gather = (given: Given, view: DeviceView, builder: BatchBuilder, into: Refused): void => {
  const { shape, numbers, truths } = given;
  const targets = view.targets(shape);
  const { of } = targets;
  builder.begin(of);
  const beside = targets.twins === undefined ? NONE_BESIDE : besideTwins(given, view, targets);
  for (let i = 0; i < of.length; i += 1) {
    const target = of[i];
    const number = numbers[i] ?? Number.NaN;
    const field = shape.names[i] ?? '';
    if (target === undefined) {
      if (!view.ignored.has(pointerStep(field))) {
        refuseField(given, i, explainUnit(field, shape.units?.[i], view) ?? explainProperty(field, view), into);
      }
      continue;
    }
    const { series, isPlain } = target;
    const value = isPlain ? number : number * target.scale + target.offset;
    if (Number.isNaN(number)) into.missing += 1;
    else if (target.missing !== undefined && isCode(number, target)) {
      if (targets.twins === undefined && Number.isFinite(value)) builder.addMissing(i, value);
      else into.missing += 1;
    } else if (targets.twins !== undefined && beside.has(i)) {
      const fault = beside.get(i);
      if (fault !== undefined) refuseField(given, i, fault, into);
    } else if (truths?.has(field) === true && !target.isBinary) {
      refuseField(given, i, explainTruth(field, series.property), into);
    } else if (!isPlain && !Number.isFinite(value)) {
      refuseField(given, i, explainNumber(field, number, series.property), into);
    } else builder.add(i, value);
  }
  if (given.refused !== undefined) into.addAll(wanted(given.refused, given.place, view.ignored));
};

/** Number of readings of an observation: so many are lost when it is refused as a whole. */
const sizeOf = (observation: Observation | PlainMessage | Given): number => {
  const values = 'numbers' in observation ? observation.numbers.length : observation.values.size;
  const lost = 'refused' in observation && observation.refused !== undefined ? lostTo(observation.refused) : 0;
  return Math.max(1, values + lost);
};

const refuse = (observation: Observation | PlainMessage | Given, fault: Fault): Refusal => ({
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
      : `${device.id} belongs to ${first.station} from ${formatInstant(first.from)} on, the reading is of ${describeTime(at)}; correct the date of the assignment`,
  );
};

const explainUnknown = ({ sender, topic }: Pick<Entry, 'sender' | 'topic'>, isGateway: boolean): Fault => {
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

/** The codec of a stranger is not known, so that bytes without values are refused for the device alone. */
const ofStranger = (
  sender: string,
  entry: Entry,
  isGateway: boolean,
  message: Message | PlainMessage,
): readonly Refusal[] => {
  const fault = explainUnknown({ sender, topic: entry.topic }, isGateway);
  if ('shape' in message) return [refuse(message, fault)];
  return [
    ...message.refused.map((refusal) => (refusal.fault.code === 'NO_VALUES' ? { ...refusal, fault } : refusal)),
    ...message.observations.map((observation) => refuse(observation, fault)),
  ];
};

/** Shapes that are remembered; with more, all are made anew. */
const SHAPES = 10_000;

/** Shapes by their names: the same object for the same names in the same order. */
class Shapes {
  readonly #byNames = new Map<string, Shape>();

  of({ names, steps, units }: Shape): Shape {
    const key = JSON.stringify(steps === undefined ? names : [names, steps, units]);
    let shape = this.#byNames.get(key);
    if (shape === undefined) {
      if (this.#byNames.size >= SHAPES) this.#byNames.clear();
      this.#byNames.set(key, (shape = { names, steps, units }));
    }
    return shape;
  }
}

/** The ways to the fields, in their order. */
const stepsOf = (steps: Observation['steps'], values: Observation['values']): readonly string[] | undefined =>
  steps === undefined ? undefined : Array.from(values.keys(), (name) => steps.get(name) ?? pointerStep(name));

/** The units of the fields, in their order. */
const unitsOf = (units: Observation['units'], values: Observation['values']): Shape['units'] =>
  units === undefined || units.size === 0 ? undefined : Array.from(values.keys(), (name) => units.get(name));

/** Values by name, as numbers in the order of a shape. */
const givenOf = (
  { time, sinceArrival, id, place, steps, values, units, refused, truths }: Observation,
  shapes: Shapes,
): Given => ({
  time,
  sinceArrival,
  id,
  place,
  refused,
  truths,
  shape: shapes.of({ names: [...values.keys()], steps: stepsOf(steps, values), units: unitsOf(units, values) }),
  numbers: Array.from(values.values(), (value) => value ?? Number.NaN),
});

/** Places of the elements of an array begin with a number. */
const ELEMENT = /^\/\d/;

/** The time that counts: a single reading of a device without a clock takes that of its arrival. */
const timeIn = ({ time, place }: Given, receivedAt: Instant): Instant | undefined => {
  if (time === undefined || isUsable(time, receivedAt)) return time;
  return hasNoClock(time) && !ELEMENT.test(place) ? undefined : time;
};

const faultOf = (time: Instant, { id: device }: Device, receivedAt: Instant): Fault | undefined =>
  isUsable(time, receivedAt) ? undefined : explainTime(time, { device, receivedAt });

/** Parts into which an observation goes. */
interface Into {
  readonly builder: BatchBuilder;
  readonly into: Refused;
  /** The fault of the clock that made all times of the packet. */
  readonly wrongClock: Fault | undefined;
}

/** Accepts or refuses the parts of a message: known device and station, known property, its unit, a plausible time. */
export class Validator {
  readonly #registry: Registry;
  readonly #views: DeviceViews;
  readonly #shapes = new Shapes();

  constructor(registry: Registry) {
    this.#registry = registry;
    this.#views = deviceViews(registry);
  }

  /** Adds the readings of a packet to the batch, and the packet behind them. */
  take(packet: DecodedPacket, builder: BatchBuilder): void {
    const { entry, codec, codecVersion } = packet;
    const refused = new Refused();
    this.#takeMessage(packet, builder, refused);
    builder.packet({ entry, codec, codecVersion, refused: refused.parts, missing: refused.missing });
  }

  #takeMessage({ entry, sender, registration, message }: DecodedPacket, builder: BatchBuilder, into: Refused): void {
    const device = registration?.device;
    if (message instanceof Fault) into.add({ place: '', fault: message, readings: 0 });
    else if (device === undefined) {
      into.addAll(ofStranger(sender, entry, this.#registry.gateways.has(sender), message));
    } else if ('shape' in message) {
      this.#observe(entry, device, message, { builder, into, wrongClock: undefined });
    } else {
      into.addAll(message.refused);
      const wrongClock = localClock(message.observations, { device: device.id, receivedAt: entry.receivedAt });
      for (const one of message.observations)
        this.#observe(entry, device, givenOf(one, this.#shapes), { builder, into, wrongClock });
    }
  }

  #observe(entry: Entry, device: Device, given: Given, { builder, into, wrongClock }: Into): void {
    const { receivedAt, sequence } = entry;
    const { id, place } = given;
    const time = timeIn(given, receivedAt);
    const observedAt = time ?? receivedAt + (given.sinceArrival ?? 0);
    const fault = (time === undefined ? undefined : wrongClock) ?? faultOf(observedAt, device, receivedAt);
    const view = fault === undefined ? this.#views.at(device, observedAt) : undefined;
    if (view === undefined) {
      into.add(refuse(given, fault ?? explainUnassigned(device, observedAt)));
      return;
    }
    gather(given, view, builder, into);
    builder.end({ observedAt, receivedAt, timedBy: time === undefined ? ARRIVAL : DEVICE, sequence, id, place });
  }
}
