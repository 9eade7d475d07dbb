import { DEVICE_ID, STATION_ID } from '#model/registry/names.ts';

/** The subject of a topic of Klawing. `docs/architecture.md` has the table; MQTT 3.1.1 section 4.7 the grammar. */
export type Topic =
  | { readonly kind: 'readings'; readonly device: string; readonly codec: string | undefined }
  | { readonly kind: 'status'; readonly device: string }
  | { readonly kind: 'config'; readonly device: string }
  | { readonly kind: 'command'; readonly device: string; readonly id: string }
  | { readonly kind: 'reply'; readonly device: string; readonly id: string }
  | { readonly kind: 'alert'; readonly station: string; readonly rule: string }
  | { readonly kind: 'state'; readonly station: string };

const CODEC_NAME = /^[a-z0-9][a-z0-9-]{0,31}$/;
const RULE_ID = STATION_ID;
const COMMAND_ID = STATION_ID;

/** Writes a topic. The parts are taken as they are: check them against the grammar of `model/registry/station.ts` first. */
export const buildTopic = (topic: Topic): string => {
  switch (topic.kind) {
    case 'readings':
      return topic.codec === undefined ? `v1/${topic.device}/readings` : `v1/${topic.device}/readings/${topic.codec}`;
    case 'status':
    case 'config':
      return `v1/${topic.device}/${topic.kind}`;
    case 'command':
      return `v1/${topic.device}/commands/${topic.id}`;
    case 'reply':
      return `v1/${topic.device}/commands/${topic.id}/reply`;
    case 'alert':
      return `v1/alerts/${topic.station}/${topic.rule}`;
    case 'state':
      return `v1/stations/${topic.station}/state`;
  }
};

// oxlint-disable-next-line complexity -- a table of topics
const parseOfDevice = (device: string, rest: readonly string[]): Topic | undefined => {
  const [what, detail, last] = rest;
  if (what === 'readings' && rest.length === 1) return { kind: 'readings', device, codec: undefined };
  if (what === 'readings' && rest.length === 2 && detail !== undefined && CODEC_NAME.test(detail)) {
    return { kind: 'readings', device, codec: detail };
  }
  if ((what === 'status' || what === 'config') && rest.length === 1) return { kind: what, device };
  if (what !== 'commands' || detail === undefined || !COMMAND_ID.test(detail)) return undefined;
  if (rest.length === 2) return { kind: 'command', device, id: detail };
  return rest.length === 3 && last === 'reply' ? { kind: 'reply', device, id: detail } : undefined;
};

const parseAlert = ([station = '', rule = '', ...rest]: readonly string[]): Topic | undefined =>
  rest.length === 0 && STATION_ID.test(station) && RULE_ID.test(rule) ? { kind: 'alert', station, rule } : undefined;

const parseState = ([station = '', what, ...rest]: readonly string[]): Topic | undefined =>
  rest.length === 0 && what === 'state' && STATION_ID.test(station) ? { kind: 'state', station } : undefined;

/** Reads a topic on exact characters: anything that `buildTopic` could not have written is undefined. */
export const parseTopic = (text: string): Topic | undefined => {
  const [root, name, ...rest] = text.split('/');
  if (root !== 'v1' || name === undefined || rest.length === 0) return undefined;
  if (name === 'alerts') return parseAlert(rest);
  if (name === 'stations') return parseState(rest);
  return DEVICE_ID.test(name) ? parseOfDevice(name, rest) : undefined;
};

/**
 * True for a topic of Sparkplug B. A device that speaks it names its values once, at its birth, and sends numbers for them
 * afterwards: without the state of each edge node its data cannot be read, so it is refused.
 */
export const isSparkplug = (topic: string): boolean => topic.startsWith('spBv1.0/');
