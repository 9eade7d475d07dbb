import type { ReplyOutcome } from './command.ts';
import { commandOfCorrelations, commandOfUuid } from './downlink-id.ts';
import { parseForwarded } from '#model/registry/gateway.ts';
import { parseJson } from '#model/base/parse-json.ts';
import { at } from '#model/gateways/uplink-values.ts';

/** Answer of a network server about a downlink. */
export interface DownlinkReply {
  /** Of the command. */
  readonly id: string;
  readonly outcome: ReplyOutcome;
}

/** ChirpStack, `AckEvent`: of a confirmed downlink, acknowledged or not in time. */
const fromChirpstack = (given: unknown): DownlinkReply | undefined => {
  const item = at(given, ['queueItemId']);
  const id = typeof item === 'string' ? commandOfUuid(item) : undefined;
  return id === undefined ? undefined : { id, outcome: at(given, ['acknowledged']) === true ? 'answered' : 'failed' };
};

/** The Things Stack: `downlink_ack`, or `downlink_failed` with the downlink in it. A `downlink_nack` is tried again there. */
const fromTtn = (given: unknown): DownlinkReply | undefined => {
  const isAck = at(given, ['downlink_ack']) !== undefined;
  const ways = isAck ? [['downlink_ack']] : [['downlink_failed', 'downlink'], ['downlink_failed']];
  for (const way of [...ways, []]) {
    const id = commandOfCorrelations(at(given, [...way, 'correlation_ids']));
    if (id !== undefined) return { id, outcome: isAck ? 'answered' : 'failed' };
  }
  return undefined;
};

/** Which command an event of a network server answers, and how; undefined where it is of none of ours. */
export const downlinkReply = (topic: string, payload: Uint8Array): DownlinkReply | undefined => {
  const forwarded = parseForwarded(topic);
  if (forwarded?.what !== 'reply') return undefined;
  const given = parseJson(Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('utf8'));
  return forwarded.kind === 'chirpstack' ? fromChirpstack(given) : fromTtn(given);
};
