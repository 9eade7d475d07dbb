/** Ids of commands as `commands/service.ts` makes them: the millisecond in base 36, and 32 random bits. */
const COMMAND = /^([0-9a-z]{1,10})-([0-9a-f]{8})$/;

/** Where the marks of version 8 and of ours stand (RFC 9562, section 5.8). */
const UUID = /^([0-9a-f]{8})-([0-9a-f]{4})-8b1a-8b1a-0000([0-9a-f]{8})$/;

/** A command's id as the UUID that ChirpStack wants for an item of its queue; undefined for an id that is none of ours. */
export const uuidOf = (command: string): string | undefined => {
  const [, time, random] = COMMAND.exec(command) ?? [];
  const hex = time === undefined ? '' : Number.parseInt(time, 36).toString(16).padStart(12, '0');
  return hex.length === 12 ? `${hex.slice(0, 8)}-${hex.slice(8)}-8b1a-8b1a-0000${random}` : undefined;
};

/** The command that such a UUID stands for; undefined for any other. */
export const commandOfUuid = (uuid: string): string | undefined => {
  const [, high, low, random] = UUID.exec(uuid.toLowerCase()) ?? [];
  return high === undefined ? undefined : `${Number.parseInt(`${high}${low}`, 16).toString(36)}-${random}`;
};

const CORRELATION = 'klawing:command:';

/** A command's id as one of the correlation ids that The Things Stack gives back. */
export const correlationOf = (command: string): string => `${CORRELATION}${command}`;

/** The command that a list of correlation ids names, or undefined. */
export const commandOfCorrelations = (ids: unknown): string | undefined => {
  const found: unknown = Array.isArray(ids)
    ? ids.find((id: unknown) => typeof id === 'string' && id.startsWith(CORRELATION))
    : undefined;
  return typeof found === 'string' ? found.slice(CORRELATION.length) : undefined;
};
