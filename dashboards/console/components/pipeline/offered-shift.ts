import type { QuarantinedPacket } from '#dashboards/console/api/types.ts';

/** The shift in the command that a fault of a wrong clock offers. */
const OFFERED = / --shift (-?\d+h|-?\d+d)$/;

/** The shift that mends all parts of these packets; empty where they offer none, or several. */
export const offeredShift = (packets: readonly Pick<QuarantinedPacket, 'parts'>[]): string => {
  const offered = packets.flatMap(({ parts }) => parts.map(({ detail }) => OFFERED.exec(detail)?.[1] ?? ''));
  const [first = ''] = offered;
  return offered.every((shift) => shift === first) ? first : '';
};
