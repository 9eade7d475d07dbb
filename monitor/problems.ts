import type { BrokerDown } from './broker-health.ts';
import type { SilentDevice } from './silent-devices.ts';
import type { ReaderOutage } from '#ingest/reader-loop.ts';
import { type SystemProblem, SYSTEM } from '#model/alerts/problem.ts';
import type { Duration } from '#model/base/duration.ts';
import type { Text } from '#model/readings/family.ts';
import { formatInstant, type Instant } from '#model/base/instant.ts';
import type { SilenceCause } from '#model/registry/silence.ts';

/** A device whose clock cannot be right. */
export interface DeviceClockProblem {
  readonly device: string;
  readonly station: string;
  /** Undefined where its times are refused. */
  readonly ahead: Duration | undefined;
}

/** What was found of the system at one moment. */
export interface ProbeFindings {
  readonly now: Instant;
  readonly brokerDown: BrokerDown | undefined;
  readonly journalStalled: { readonly why: Text; readonly bytes: number } | undefined;
  readonly storeOutage: ReaderOutage | undefined;
  /** Messages that are synced and that watch has not seen. */
  readonly behind: number;
  readonly imbalance: { readonly lines: number; readonly explanation: string } | undefined;
  readonly unverified: { readonly places: number; readonly first: string } | undefined;
  readonly quarantined: number;
  readonly silent: readonly SilentDevice[];
  readonly wrongClocks: readonly DeviceClockProblem[];
  /** How far the machine's own clock has leapt, ahead or (negative) back, while that is doubted. */
  readonly leap: Duration | undefined;
  /** True while nothing can be said of devices: nobody can hear them, or they had no time yet to come back. */
  readonly isSettling: boolean;
}

/** From when on it is worth an alert. */
export interface ProblemLimits {
  /** Messages that wait to be looked at; fewer are a batch under way. */
  readonly behind: number;
  /** Open packets in quarantine. */
  readonly quarantined: number;
}

/** Never below zero: the clock may have been set back. */
const secondsBetween = (since: Instant, now: Instant): number => Math.max(0, Math.round((now - since) / 1_000));

const ofSystem = (rule: string, value: number, detail: Text): SystemProblem => ({
  ...{ rule, station: SYSTEM, device: '', value, detail },
});

const ofService = (found: ProbeFindings, limits: ProblemLimits): readonly (SystemProblem | false | undefined)[] => {
  const { now, brokerDown, journalStalled, storeOutage, behind, imbalance, unverified, quarantined } = found;
  const secondsSince = (since: Instant): number => secondsBetween(since, now);
  return [
    brokerDown &&
      !brokerDown.isStarting &&
      ofSystem('broker-down', secondsSince(brokerDown.since), {
        id: 'Penerima data tidak menjawab. Alat menyimpan datanya sendiri sampai penerima bekerja lagi; lihat log bagian broker.',
        en: `${brokerDown.why}. Devices keep their data until it is back; look into the log of the broker.`,
      }),
    journalStalled &&
      ofSystem('journal-stalled', journalStalled.bytes, {
        id: `${journalStalled.why.id}. Kosongkan ruang cakram; alat mengirim ulang sesudahnya.`,
        en: `${journalStalled.why.en}. Free disk space; devices send again afterwards.`,
      }),
    storeOutage &&
      ofSystem('store-away', secondsSince(storeOutage.since), {
        id: `Penyimpanan data tidak menjawab (${storeOutage.fault.code}). Data tetap diterima dan menunggu di jurnal; peringatan tetap berjalan.`,
        en: `${storeOutage.fault.detail}. Data is accepted and waits in the journal; alerts go on.`,
      }),
    behind > limits.behind
      ? ofSystem('ingest-behind', behind, {
          id: `${behind} pesan menunggu diolah; peringatan datang terlambat sampai semuanya terolah.`,
          en: `${behind} messages wait to be looked at; alerts come late until they are.`,
        })
      : undefined,
    imbalance &&
      ofSystem('ledger-imbalance', imbalance.lines, {
        id: `${imbalance.explanation}. Lihat buku besar di halaman Alur data, dan docs/ledger.md.`,
        en: `${imbalance.explanation}. See the ledger on the page Pipeline, and docs/ledger.md.`,
      }),
    unverified &&
      ofSystem('ledger-unverified', unverified.places, {
        id: `${unverified.first}. Jalankan "klawing ledger --verify" untuk daftar lengkapnya.`,
        en: `${unverified.first}. Run "klawing ledger --verify" for all of them.`,
      }),
    quarantined >= limits.quarantined
      ? ofSystem('quarantine-large', quarantined, {
          id: `${quarantined} paket menunggu di karantina; perbaiki sebabnya lalu putar ulang, atau buang.`,
          en: `${quarantined} packets wait in quarantine; mend their cause and replay them, or discard them.`,
        })
      : undefined,
  ];
};

const CAUSES: Readonly<Record<SilenceCause, Text>> = {
  'device-offline': {
    id: 'Alat terputus: periksa daya, baterai dan sinyalnya',
    en: 'The device is disconnected: check its power, battery and signal',
  },
  'gateway-offline': {
    id: 'Gerbang jaringannya terputus',
    en: 'Its gateway is disconnected',
  },
  connected: {
    id: 'Alat tersambung tetapi tidak mengirim nilai: periksa sensor dan programnya',
    en: 'The device is connected and sends nothing: check its sensors and firmware',
  },
  'never-heard': {
    id: 'Alat belum pernah mengirim sejak didaftarkan',
    en: 'The device was never heard since it was registered',
  },
  unknown: {
    id: 'Alat belum kembali sejak penerima data dijalankan ulang',
    en: 'The device has not come back since the broker was started',
  },
};

/** What is known of the connection of a device that never sent. */
const NEVER_SENT: Readonly<Record<SilentDevice['connected'], Text>> = {
  now: {
    id: 'sekarang tersambung: periksa sensor, topik dan programnya',
    en: 'it is connected now: check its sensors, topic and firmware',
  },
  before: {
    id: 'pernah tersambung: periksa daya dan sinyalnya',
    en: 'it was connected before: check its power and signal',
  },
  never: {
    id: 'belum pernah tersambung: periksa nama, kata sandi dan alamat tujuannya',
    en: 'it never connected: check its name, secret and address',
  },
};

/** How protocol levels are called. */
const versionOf = (level: number): string => (level === 5 ? 'MQTT 5' : `MQTT (level ${level})`);

const asksFor = (level: number): Text => ({
  id: `meminta ${versionOf(level)}, yang tidak dilayani: atur programnya ke MQTT 3.1.1`,
  en: `it asks for ${versionOf(level)}, which is not served: set its firmware to MQTT 3.1.1`,
});

const heardLast = (at: string): Text => ({ id: `terakhir terdengar ${at}`, en: `last heard ${at}` });

const ofSilence = (silent: SilentDevice, now: Instant): SystemProblem => {
  const { device, station, since, lastSeen, cause, connected, otherVersion } = silent;
  const heard = lastSeen === undefined ? undefined : heardLast(formatInstant(lastSeen));
  const asked = otherVersion === undefined ? undefined : asksFor(otherVersion);
  const told = [CAUSES[cause], heard, asked ?? (heard === undefined ? NEVER_SENT[connected] : undefined)];
  const joined = (language: 'id' | 'en'): string => told.flatMap((text) => text?.[language] ?? []).join('; ');
  return {
    ...{ rule: 'device-silent', station, device, value: secondsBetween(since, now) },
    detail: { id: `${joined('id')}.`, en: `${joined('en')}.` },
  };
};

const CHECK_GATEWAY: Text = {
  id: 'periksa gerbang atau server jaringannya',
  en: 'check the gateway or its network server',
};

/** Devices behind a gateway that is gone: one alert for the gateway, not one for each of them. */
const ofGateways = (silent: readonly SilentDevice[]): readonly SystemProblem[] => {
  const gone = silent.filter(({ cause, gateway }) => cause === 'gateway-offline' && gateway !== undefined);
  return [...Map.groupBy(gone, ({ gateway }) => gateway ?? '')].map(([gateway, devices]) => {
    const level = devices[0]?.otherVersion;
    const { id, en } = level === undefined ? CHECK_GATEWAY : asksFor(level);
    return {
      ...{ rule: 'gateway-silent', station: SYSTEM, device: gateway, value: devices.length },
      detail: {
        id: `${devices.length} alat di belakang gerbang ${gateway} tidak terdengar; ${id}.`,
        en: `${devices.length} devices behind gateway ${gateway} are not heard; ${en}.`,
      },
    };
  });
};

const ofClock = ({ device, station, ahead }: DeviceClockProblem): SystemProblem => {
  const off = ahead === undefined ? 0 : Math.round(ahead.ms / 1_000);
  const told =
    ahead === undefined
      ? { id: 'Waktu dari alat ditolak', en: 'Times from the device are refused' }
      : {
          id: `Jam alat ${off > 0 ? 'terlalu cepat' : 'terlalu lambat'} ${Math.abs(off)} detik`,
          en: `The clock of the device is ${Math.abs(off)} seconds ${off > 0 ? 'ahead' : 'behind'}`,
        };
  return {
    ...{ rule: 'clock-wrong', station, device, value: off },
    detail: {
      id: `${told.id}; setel jamnya (NTP, GPS), lalu putar ulang karantina dengan --shift.`,
      en: `${told.en}; set it (NTP, GPS), then replay the quarantine with --shift.`,
    },
  };
};

const ofLeap = (leap: Duration): SystemProblem => {
  const off = Math.round(leap.ms / 1_000);
  const by = Math.round(Math.abs(off) / 60);
  return ofSystem('clock-leapt', off, {
    id: `Jam ${off > 0 ? 'maju' : 'mundur'} ${by} menit. Periksa dengan "klawing doctor" dan setel (NTP); selama sehari tidak ada yang dihapus karena umurnya.`,
    en: `It was set ${by} minutes ${off > 0 ? 'ahead' : 'back'}. Look with "klawing doctor" and set it (NTP); for a day nothing is removed by its age.`,
  });
};

/** While one of these holds, nobody can say of a device that it is silent: one alert, and not one for each of them. */
export const isBehind = (
  { brokerDown, journalStalled, behind }: Pick<ProbeFindings, 'brokerDown' | 'journalStalled' | 'behind'>,
  limits: ProblemLimits,
): boolean => brokerDown !== undefined || journalStalled !== undefined || behind > limits.behind;

/** Everything that is wrong, one condition each. */
export const problemsOf = (found: ProbeFindings, limits: ProblemLimits): readonly SystemProblem[] => [
  ...ofService(found, limits).filter((condition) => condition !== undefined && condition !== false),
  ...(found.isSettling
    ? []
    : [
        ...ofGateways(found.silent),
        ...found.silent
          .filter(({ cause }) => cause !== 'gateway-offline')
          .map((silent) => ofSilence(silent, found.now)),
      ]),
  // clocks are judged by ours
  ...(found.leap === undefined ? found.wrongClocks.map(ofClock) : [ofLeap(found.leap)]),
];
