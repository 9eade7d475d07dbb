import type { ForwardedTopic } from '#model/registry/gateway.ts';
import { parseForwarded } from '#model/registry/gateway.ts';
import { parseJson } from '#model/base/parse-json.ts';
import { at, isObject } from './uplink-values.ts';

/** Members of The Things Stack's message → the event that its topic would name (`ApplicationUp`). */
const TTN_EVENTS: Readonly<Record<string, string>> = {
  uplink_message: 'up',
  join_accept: 'join',
  downlink_ack: 'down/ack',
  downlink_nack: 'down/nack',
  downlink_sent: 'down/sent',
  downlink_failed: 'down/failed',
  downlink_queued: 'down/queued',
  downlink_queue_invalidated: 'down/invalidated',
  location_solved: 'location/solved',
  service_data: 'service/data',
};

const text = (given: unknown, way: readonly string[]): string => {
  const found = at(given, way);
  return typeof found === 'string' ? found : '';
};

const chirpstackTopic = (given: unknown, event: string): string =>
  `application/${text(given, ['deviceInfo', 'applicationId'])}/device/${text(given, ['deviceInfo', 'devEui'])}/event/${event}`;

const ttnTopic = (given: unknown): string => {
  const event = isObject(given) ? Object.keys(TTN_EVENTS).find((member) => Object.hasOwn(given, member)) : undefined;
  const application = text(given, ['end_device_ids', 'application_ids', 'application_id']);
  return `v3/${application}/devices/${text(given, ['end_device_ids', 'device_id'])}/${TTN_EVENTS[event ?? ''] ?? 'other'}`;
};

/**
 * The topic under which a network server would have published what it posted; undefined where the body does not say of
 * which device it is. ChirpStack names the event beside the body, The Things Stack in it.
 */
export const topicOfBody = (kind: ForwardedTopic['kind'], event: string, body: Uint8Array): string | undefined => {
  const given = parseJson(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
  const topic = kind === 'chirpstack' ? chirpstackTopic(given, event) : ttnTopic(given);
  return parseForwarded(topic) === undefined ? undefined : topic;
};
