import type { Presence, PresenceState } from '#storage/operations/alerting.ts';
import type { Entry } from '#model/readings/packet.ts';

/** State named by a status payload: the bare word, or an object with a member `state`. Anything else says nothing. */
const readState = (payload: Uint8Array): PresenceState | undefined => {
  const text = Buffer.from(payload).toString('utf8').trim();
  if (text === 'online' || text === 'offline') return text;
  try {
    const given: unknown = JSON.parse(text);
    const state = typeof given === 'object' && given !== null && 'state' in given ? given.state : undefined;
    return state === 'online' || state === 'offline' ? state : undefined;
  } catch {
    return undefined;
  }
};

const offline = (entry: Entry, current: Presence | undefined): Presence | undefined => {
  // a take-over's will comes after the new birth, and must not undo it
  if (current !== undefined && current.connection !== entry.connection) return undefined;
  return { device: entry.sender, state: 'offline', since: entry.receivedAt, connection: entry.connection };
};

const online = (entry: Entry, current: Presence | undefined): Presence => ({
  device: entry.sender,
  state: 'online',
  since: current?.state === 'online' ? current.since : entry.receivedAt,
  connection: entry.connection,
});

/** Change of its sender's presence that an entry causes; undefined when there is none. */
export const presenceAfter = (entry: Entry, current: Presence | undefined): Presence | undefined => {
  switch (entry.kind) {
    case 'connected':
      return online(entry, current);
    case 'disconnected':
    case 'will':
      return offline(entry, current);
    case 'status': {
      const state = readState(entry.payload);
      if (state === undefined) return undefined;
      return state === 'online' ? online(entry, current) : offline(entry, current);
    }
    default:
      return undefined;
  }
};

/** After a broker start nobody is known to be there until it says so: connection numbers begin anew. */
export const presenceUnknown = (entry: Entry, current: Presence): Presence => ({
  device: current.device,
  state: 'unknown',
  since: entry.receivedAt,
  connection: -1,
});
