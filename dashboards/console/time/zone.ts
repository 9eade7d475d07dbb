/** The zone of the agency. */
export const WIB = 'Asia/Jakarta';

const known = new Map<string, boolean>();

const isZone = (name: string): boolean => {
  const before = known.get(name);
  if (before !== undefined) return before;
  let isKnown = true;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
  } catch {
    isKnown = false;
  }
  known.set(name, isKnown);
  return isKnown;
};

/** The zone in which a station's times are shown: its attribute `zone`, an IANA name such as `Asia/Makassar`; WIB otherwise. */
export const zoneOf = ({ attributes }: { readonly attributes: Readonly<Record<string, unknown>> }): string => {
  const { zone } = attributes;
  return typeof zone === 'string' && isZone(zone) ? zone : WIB;
};

/** Milliseconds by which a zone is ahead of UTC at a moment. */
export const offsetOf = (timeZone: string, at: number): number => {
  const name = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' })
    .formatToParts(at)
    .find(({ type }) => type === 'timeZoneName')?.value;
  const [, sign = '+', hour = '0', minute = '0'] = /([+-])(\d\d):(\d\d)/.exec(name ?? '') ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hour) * 60 + Number(minute)) * 60_000;
};

/** The name of a zone at a moment, such as WIB. */
export const zoneName = (timeZone: string, at: number): string => {
  const format = new Intl.DateTimeFormat('id-ID', { timeZone, timeZoneName: 'short' });
  return format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? timeZone;
};
