import type { DecodedPacket, DecodedRun, EntryRun } from '#ingest/batch.ts';
import type { Carried, Codec, DecodeOptions } from '#model/readings/codec.ts';
import { TimeReader, USUAL_TIMES } from '#model/payload/device-time.ts';
import { type MemberRules, USUAL_NESTING } from '#model/payload/member-rules.ts';
import { codecNamed } from '#model/codecs/index.ts';
import { json } from '#model/codecs/json.ts';
import type { Instant } from '#model/base/instant.ts';
import { Fault } from '#model/base/fault.ts';
import type { Device } from '#model/registry/device.ts';
import { GATEWAY_KINDS, parseForwarded } from '#model/registry/gateway.ts';
import type { Message, PlainMessage } from '#model/readings/message.ts';
import type { Entry } from '#model/readings/packet.ts';
import type { Registration } from '#model/registry/profile.ts';
import { deviceBehind, type RegistrationInForce, type Registry } from '#model/registry/registry.ts';
import { BARE_VALUE, readBareValue } from '#model/payload/bare-value.ts';
import { levelsBelow, matchShape } from '#model/registry/topic-shape.ts';
import { Registrations } from './registrations.ts';
import { parseTopic } from '#model/readings/topic.ts';
import { JsonTemplate } from './json-template.ts';

/** The codec of a device that is not registered: its packet is read only to say what it would have held. */
const DEFAULT_CODEC = 'json';
/** Topics that are remembered; with more, all are looked up anew. */
const TOPICS = 100_000;

/** Facts that follow from the sender and the topic of an entry. */
interface Route {
  /** In whose name the packet stands in the journal. */
  readonly journaledAs: string;
  /** The device that it is about. */
  readonly sender: string;
  readonly name: string;
  /** Undefined where there is no codec of this name. */
  readonly codec: RouteCodec | undefined;
  readonly registration: RegistrationInForce | undefined;
  /** By the registration of the device. */
  readonly options: DecodeOptions & { readonly times: TimeReader };
  /** The form of its last message, where that was JSON of a plain form. */
  template: JsonTemplate | undefined;
  /** Messages that were not of the form of the one before. */
  misses: number;
}

type RouteCodec = Pick<Codec, 'version' | 'decode'>;

const isOfNetwork = (name: string): boolean => GATEWAY_KINDS.some((kind) => kind === name);

/** Whether a route holds for the arrival of an entry: a later version of a profile may be in force. */
const isInForce = ({ registration }: Route, { receivedAt }: Entry): boolean =>
  registration === undefined || (receivedAt >= registration.from && receivedAt < registration.until);

/** Decoding against one revision of the registry. Topic and codec are resolved once per topic. */
export class Decoder {
  readonly #registry: Registry;
  readonly #routes = new Map<string, Route>();
  readonly #registrations = new Registrations();

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /** Bytes to a message, or the fault that says why nothing of the payload can be read. */
  decode(entry: Entry): DecodedPacket {
    const route = this.#routeOf(entry);
    const { sender, name, codec, registration } = route;
    const codecVersion = codec?.version ?? 0;
    if (codec === undefined) {
      const fault = new Fault('CODEC_UNKNOWN', `"${name}"; publish to v1/${sender}/readings/json, or correct the name`);
      return { entry, sender, registration, codec: name, codecVersion, message: fault };
    }
    return { entry, sender, registration, codec: name, codecVersion, message: readWith(codec, entry, route) };
  }

  #routeOf(entry: Entry): Route {
    const known = this.#routes.get(entry.topic);
    if (known !== undefined && known.journaledAs === entry.sender && isInForce(known, entry)) return known;
    const route = this.#resolve(entry);
    if (this.#routes.size >= TOPICS) this.#routes.clear();
    this.#routes.set(entry.topic, route);
    return route;
  }

  /** The codec that the topic names or is known by, else that of the device. */
  #resolve({ topic, sender: journaledAs, receivedAt }: Entry): Route {
    const parsed = parseTopic(topic);
    const forwarded = parseForwarded(topic);
    const sender = this.#senderOf(journaledAs, forwarded?.externalId);
    const registration = this.#registrationOf(sender, receivedAt);
    const field = registration === undefined ? undefined : fieldOfTopic(registration, topic);
    const named = parsed?.kind === 'readings' ? parsed.codec : forwarded?.kind;
    const ofDevice = sender === journaledAs ? registration : undefined;
    const name = field === undefined ? (named ?? ofDevice?.device.codec ?? DEFAULT_CODEC) : BARE_VALUE;
    const options = optionsFor(registration, isOfNetwork(name));
    const codec = field === undefined ? codecNamed(name) : bareCodec(field);
    return { journaledAs, sender, name, codec, registration, options, template: undefined, misses: 0 };
  }

  #registrationOf(sender: string, at: Instant): RegistrationInForce | undefined {
    const device = this.#registry.devices.get(sender);
    return device === undefined ? undefined : this.#registrations.at(this.#registry, device, at);
  }

  /**
   * An uplink is journaled in the name of its gateway while its device is unknown. When the device has been assigned to
   * the gateway since, the uplink is read in its name: a replay stores the refused packets.
   */
  #senderOf(journaledAs: string, externalId: string | undefined): string {
    if (externalId === undefined || !this.#registry.gateways.has(journaledAs)) return journaledAs;
    return deviceBehind(this.#registry, journaledAs, externalId) ?? journaledAs;
  }
}

/** The field whose single value a topic of the profile carries. */
const fieldOfTopic = ({ device, profile }: Registration, topic: string): string | undefined => {
  const shapes = profile?.topics?.values;
  const levels = shapes === undefined ? undefined : levelsBelow(device.id, topic);
  if (shapes === undefined || levels === undefined) return undefined;
  for (const shape of shapes) {
    const found = matchShape(shape, levels);
    if (found !== undefined) return found === '' ? levels.at(-1) : found;
  }
  return undefined;
};

const bareCodec = (field: string): RouteCodec => ({
  version: 1,
  decode: (payload, options = {}) => readBareValue(payload, field, options),
});

const optionsFor = (registration: Registration | undefined, isUplink: boolean): Route['options'] => {
  if (registration === undefined) return { times: USUAL_TIMES };
  const { device } = registration;
  const { strict, decimalComma, duplicateNames } = device;
  const carried = isUplink ? carriedBy(device) : undefined;
  return { strict, decimalComma, duplicateNames, carried, members: membersOf(registration), times: timesOf(device) };
};

/** Undefined where the registration says nothing of members. */
const membersOf = ({ device: { fields, ignored = [] }, profile }: Registration): MemberRules | undefined => {
  const isNested = [...Object.keys(fields), ...ignored].some((name) => name.includes('.'));
  const { values = USUAL_NESTING.values, messages = [], lists = {} } = profile ?? {};
  const nesting = isNested || profile !== undefined ? { values, messages, lists } : undefined;
  return nesting === undefined && ignored.length === 0 ? undefined : { ignored: new Set(ignored), nesting };
};

/** Devices whose registration says nothing of their times share one reader. */
const timesOf = (device: Device): TimeReader => {
  const { timeMember, timeForm, timeZone, ignored = [] } = device;
  const fields = { ...device.fields, ...Object.fromEntries(ignored.map((name) => [name, true])) };
  const isUsual = [timeMember, timeForm, timeZone].every((said) => said === undefined);
  return isUsual && Object.keys(fields).length === 0 ? USUAL_TIMES : new TimeReader({ ...device, fields });
};

/** The codec for the bytes inside an uplink of this device. */
const carriedBy = ({ codec, network }: Device): Carried => ({
  codec: isOfNetwork(codec) ? undefined : codecNamed(codec),
  isFirst: network?.raw === true,
});

/** A device whose messages differ in form has its template learned anew ever more seldom. */
const isWorthLearning = (misses: number): boolean => misses < 8 || Math.log2(misses) % 1 === 0;

const readWith = (codec: RouteCodec, { payload }: Entry, route: Route): Message | PlainMessage | Fault => {
  const plain = route.template?.read(payload);
  if (plain !== undefined) return plain;
  try {
    const message = codec.decode(payload, route.options);
    if (codec === json) {
      route.misses += 1;
      if (isWorthLearning(route.misses))
        route.template = JsonTemplate.learn(payload, message, route.options) ?? route.template;
    }
    return message;
  } catch (error) {
    if (!(error instanceof Fault) || error.retry) throw error;
    return error;
  }
};

/** The step `decode`: the packets of readings in a run of entries. */
export const decodeRun = (run: EntryRun, decoder: Decoder): DecodedRun => ({
  run,
  each: (take) => {
    for (const entry of run.entries) if (entry.kind === 'readings') take(decoder.decode(entry));
  },
});
