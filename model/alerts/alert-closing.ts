import type { Alert, Closing } from './alert.ts';
import type { Text } from '#model/readings/family.ts';

const REASONS: Readonly<Record<Exclude<Closing['reason'], 'by-hand'>, (device: string) => Text>> = {
  'device-moved': (device) => ({
    id: `Perangkat ${device} tidak lagi ditempatkan di stasiun ini`,
    en: `Device ${device} does not belong to this station any more`,
  }),
  'device-revoked': (device) => ({ id: `Perangkat ${device} dicabut`, en: `Device ${device} was revoked` }),
  'device-removed': (device) => ({
    id: `Perangkat ${device} dihapus dari daftar`,
    en: `Device ${device} was removed from the registry`,
  }),
  'rule-removed': () => ({
    id: 'Aturan ini tidak lagi berlaku di stasiun ini',
    en: 'The rule does not apply to this station any more',
  }),
  'station-removed': () => ({
    id: 'Stasiun ini dihapus dari daftar',
    en: 'The station was removed from the registry',
  }),
  'channel-removed': (device) => ({
    id: `Saluran ${device} tidak lagi dipakai`,
    en: `Channel ${device} is not in use any more`,
  }),
};

/** The reason why an alert was closed, as a sentence without its full stop. */
export const whyClosed = ({ device }: Pick<Alert, 'device'>, { reason, by, note, other }: Closing): Text => {
  if (reason === 'by-hand') {
    return {
      id: `Diakhiri oleh ${by ?? 'operator'}: ${note ?? ''}`,
      en: `Ended by ${by ?? 'operator'}: ${note ?? ''}`,
    };
  }
  const { id, en } = REASONS[reason](device);
  if (other === undefined) return { id, en };
  return {
    id: `${id}; peringatan yang sama dari perangkat lain di stasiun ini (nomor ${other}) tetap berlaku`,
    en: `${en}; the same alert of another device of the station (number ${other}) stands on`,
  };
};
