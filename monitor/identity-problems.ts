import type { ReplacedReadings } from './replaced-readings.ts';
import { type SystemProblem, SYSTEM } from '#model/alerts/problem.ts';
import type { Text } from '#model/readings/family.ts';
import type { Instant } from '#model/base/instant.ts';
import { stationAt } from '#model/registry/device.ts';
import type { Registry } from '#model/registry/registry.ts';

/** A sender whose client id two connections take from each other. */
export interface ContestedIdentity {
  readonly sender: string;
  /** Station of the device; that of the service for a gateway. */
  readonly station: string;
  /** Takeovers in the last ten minutes. */
  readonly takeovers: number;
}

/** A device that replaces its own readings, at its station. */
export interface DeviceReplacedReadings extends ReplacedReadings {
  readonly station: string;
  /** True where two connections also take its identity from each other. */
  readonly isContested: boolean;
}

/** Station of a registered device, `SYSTEM` for a gateway; undefined for what is registered no more. */
export const placeOf = ({ devices, gateways }: Registry, sender: string, now: Instant): string | undefined => {
  const gateway = gateways.get(sender);
  if (gateway !== undefined) return gateway.revoked ? undefined : SYSTEM;
  const device = devices.get(sender);
  return device === undefined || device.revoked ? undefined : stationAt(device, now);
};

const CAUSES: Text = {
  id: 'Kemungkinan sebab: jam perangkat mundur saat dinyalakan; resolusi waktunya terlalu kasar (misalnya epoch dalam float 32 bit); atau dua alat memakai satu identitas',
  en: 'Likely causes: its clock steps back at boot; the resolution of its times is too coarse (such as an epoch in a 32-bit float); or two boxes have one identity',
};
const TWO_BOXES: Text = {
  id: 'Kemungkinan sebab: dua alat memakai satu identitas, karena dua sambungan saling merebutnya',
  en: 'Likely cause: two boxes have one identity, because two connections take it from each other',
};
const REMEDY: Text = {
  id: 'Setel jamnya, kirim waktu sampai milidetik, atau beri "id" pada setiap bacaan',
  en: 'Set its clock, send times with milliseconds, or give each reading an "id"',
};

export const ofReplaced = ({
  device,
  station,
  revised,
  stored,
  isContested,
}: DeviceReplacedReadings): SystemProblem => {
  const cause = isContested ? TWO_BOXES : CAUSES;
  return {
    rule: 'readings-replaced',
    station,
    device,
    value: revised,
    detail: {
      id: `${revised} dari ${stored} bacaan dalam satu jam menimpa bacaan sebelumnya dengan waktu yang sama. ${cause.id}. ${REMEDY.id}.`,
      en: `${revised} of ${stored} readings of one hour replaced earlier ones of the same time. ${cause.en}. ${REMEDY.en}.`,
    },
  };
};

export const ofContested = ({ sender, station, takeovers }: ContestedIdentity): SystemProblem => ({
  rule: 'identity-contested',
  station,
  device: sender,
  value: takeovers,
  detail: {
    id: `Sambungan diambil alih ${takeovers} kali dalam sepuluh menit. Kemungkinan sebab: dua alat memakai satu identitas (${sender}); beri masing-masing identitas dan rahasia sendiri. Bila hanya ada satu alat, periksa jaringannya: sambungan lama belum ditutup ketika yang baru datang.`,
    en: `Its connection was taken over ${takeovers} times in ten minutes. Likely cause: two boxes have one identity (${sender}); register each with an identity and a secret of its own. If there is only one box, check its network: the former connection is still open when the next one comes.`,
  },
});
