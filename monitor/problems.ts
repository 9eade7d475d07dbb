import type { BrokerDown } from './broker-health.ts';
import { type ContestedIdentity, type DeviceReplacedReadings, ofContested, ofReplaced } from './identity-problems.ts';
import type { SilentDevice } from './silent-devices.ts';
import type { ReaderOutage } from '#ingest/reader-loop.ts';
import { type SystemProblem, SYSTEM } from '#model/alerts/problem.ts';
import type { Duration } from '#model/base/duration.ts';
import type { Text } from '#model/readings/family.ts';
import { formatInstant, type Instant } from '#model/base/instant.ts';
import type { SilenceCause } from '#model/registry/silence.ts';

/** A device with a wrong clock. */
export interface DeviceClockProblem {
  readonly device: string;
  readonly station: string;
  /** Undefined where its times are refused. */
  readonly ahead: Duration | undefined;
}

/** The findings of one probe. */
export interface ProbeFindings {
  readonly now: Instant;
  readonly brokerDown: BrokerDown | undefined;
  readonly journalStalled: { readonly why: Text; readonly bytes: number } | undefined;
  readonly storeOutage: ReaderOutage | undefined;
  /** Synced messages that the alerting reader has not read yet. */
  readonly behind: number;
  readonly imbalance: { readonly lines: number; readonly explanation: string } | undefined;
  readonly unverified: { readonly places: number; readonly first: string } | undefined;
  readonly quarantined: number;
  readonly silent: readonly SilentDevice[];
  readonly wrongClocks: readonly DeviceClockProblem[];
  readonly replaced: readonly DeviceReplacedReadings[];
  readonly contested: readonly ContestedIdentity[];
  /** False while takeovers were not counted for long enough. */
  readonly areTakeoversKnown: boolean;
  /** Size of a jump of the machine's clock, negative where it was set back; undefined while the clock is trusted. */
  readonly clockJump: Duration | undefined;
  /** True while silence of devices is unknown: they cannot be heard, or had no time yet to connect again. */
  readonly isSettling: boolean;
}

/** Limits from which on a count is a problem. */
export interface ProblemLimits {
  /** Messages that wait for the alerting reader; fewer are a batch under way. */
  readonly behind: number;
  /** Open packets in quarantine. */
  readonly quarantined: number;
}

/** Never below zero: the clock may have been set back. */
const secondsBetween = (since: Instant, now: Instant): number => Math.max(0, Math.round((now - since) / 1_000));

const ofSystem = (rule: string, value: number, detail: Text): SystemProblem => ({
  rule,
  station: SYSTEM,
  device: '',
  value,
  detail,
});

const ofService = (found: ProbeFindings, limits: ProblemLimits): readonly (SystemProblem | false | undefined)[] => {
  const { now, brokerDown, journalStalled, storeOutage, behind, imbalance, unverified, quarantined } = found;
  const secondsSince = (since: Instant): number => secondsBetween(since, now);
  return [
    brokerDown &&
      !brokerDown.isStarting &&
      ofSystem('broker-down', secondsSince(brokerDown.since), {
        id: 'Penerima data (broker) tidak menjawab. Perangkat menyimpan datanya sampai penerima data bekerja kembali; periksa log broker.',
        en: `${brokerDown.why}. Devices keep their data until it is back; check the log of the broker.`,
      }),
    journalStalled &&
      ofSystem('journal-stalled', journalStalled.bytes, {
        id: `${journalStalled.why.id}. Kosongkan ruang disk; perangkat akan mengirim ulang sesudahnya.`,
        en: `${journalStalled.why.en}. Free disk space; devices send again afterwards.`,
      }),
    storeOutage &&
      ofSystem('store-away', secondsSince(storeOutage.since), {
        id: `Penyimpanan data tidak menjawab (${storeOutage.fault.code}). Data tetap diterima dan menunggu di jurnal; peringatan tetap dievaluasi.`,
        en: `${storeOutage.fault.detail}. Data is accepted and waits in the journal; alerts are still evaluated.`,
      }),
    behind > limits.behind
      ? ofSystem('ingest-behind', behind, {
          id: `${behind} pesan menunggu diolah; peringatan akan terlambat sampai semuanya selesai diolah.`,
          en: `${behind} messages wait to be processed; alerts are late until then.`,
        })
      : undefined,
    imbalance &&
      ofSystem('ledger-imbalance', imbalance.lines, {
        id: `${imbalance.explanation}. Lihat buku besar di halaman Alur data dan docs/ledger.md.`,
        en: `${imbalance.explanation}. See the ledger on the page Pipeline, and docs/ledger.md.`,
      }),
    unverified &&
      ofSystem('ledger-unverified', unverified.places, {
        id: `${unverified.first}. Jalankan "klawing ledger --verify" untuk daftar lengkapnya.`,
        en: `${unverified.first}. Run "klawing ledger --verify" for the full list.`,
      }),
    quarantined >= limits.quarantined
      ? ofSystem('quarantine-large', quarantined, {
          id: `${quarantined} paket menunggu di karantina; perbaiki penyebabnya lalu proses ulang, atau buang.`,
          en: `${quarantined} packets wait in quarantine; correct the cause and replay them, or discard them.`,
        })
      : undefined,
  ];
};

const CAUSES: Readonly<Record<SilenceCause, Text>> = {
  'device-offline': {
    id: 'Perangkat terputus: periksa daya, baterai, dan sinyal',
    en: 'The device is disconnected: check its power, battery and signal',
  },
  'gateway-offline': {
    id: 'Gerbang jaringan terputus',
    en: 'Its gateway is disconnected',
  },
  connected: {
    id: 'Perangkat terhubung tetapi tidak mengirim nilai: periksa sensor dan firmware',
    en: 'The device is connected and sends nothing: check its sensors and firmware',
  },
  'never-heard': {
    id: 'Perangkat belum pernah mengirim data sejak didaftarkan',
    en: 'The device has sent nothing since it was registered',
  },
  unknown: {
    id: 'Perangkat belum terhubung kembali sejak penerima data (broker) dijalankan ulang',
    en: 'The device has not come back since the broker was started',
  },
};

/** The connection of a device that never sent a reading. */
const NEVER_SENT: Readonly<Record<SilentDevice['connected'], Text>> = {
  now: {
    id: 'sekarang terhubung: periksa sensor, topik, dan firmware',
    en: 'it is connected now: check its sensors, topic and firmware',
  },
  before: {
    id: 'pernah terhubung: periksa daya dan sinyal',
    en: 'it was connected before: check its power and signal',
  },
  never: {
    id: 'belum pernah terhubung: periksa nama, kata sandi, dan alamat tujuan',
    en: 'it never connected: check its name, secret and address',
  },
};

/** The name of a protocol level. */
const versionOf = (level: number): string => (level === 5 ? 'MQTT 5' : `MQTT (level ${level})`);

const asksFor = (level: number): Text => ({
  id: `meminta ${versionOf(level)}, yang tidak didukung: atur firmware ke MQTT 3.1.1`,
  en: `it asks for ${versionOf(level)}, which is not supported: set its firmware to MQTT 3.1.1`,
});

const lastSent = (at: string): Text => ({ id: `terakhir mengirim ${at}`, en: `last heard ${at}` });

const ofSilence = (silent: SilentDevice, now: Instant): SystemProblem => {
  const { device, station, since, lastSeen, cause, connected, otherVersion } = silent;
  const heard = lastSeen === undefined ? undefined : lastSent(formatInstant(lastSeen));
  const asked = otherVersion === undefined ? undefined : asksFor(otherVersion);
  const parts = [CAUSES[cause], heard, asked ?? (heard === undefined ? NEVER_SENT[connected] : undefined)];
  const joined = (language: 'id' | 'en'): string => parts.flatMap((text) => text?.[language] ?? []).join('; ');
  return {
    rule: 'device-silent',
    station,
    device,
    value: secondsBetween(since, now),
    detail: { id: `${joined('id')}.`, en: `${joined('en')}.` },
  };
};

const CHECK_GATEWAY: Text = {
  id: 'periksa gerbang atau server jaringan',
  en: 'check the gateway or its network server',
};

/** One problem for a gateway that is disconnected, in place of one for each device behind it. */
const ofGateways = (silent: readonly SilentDevice[]): readonly SystemProblem[] => {
  const gone = silent.filter(({ cause, gateway }) => cause === 'gateway-offline' && gateway !== undefined);
  return [...Map.groupBy(gone, ({ gateway }) => gateway ?? '')].map(([gateway, devices]) => {
    const level = devices[0]?.otherVersion;
    const { id, en } = level === undefined ? CHECK_GATEWAY : asksFor(level);
    return {
      rule: 'gateway-silent',
      station: SYSTEM,
      device: gateway,
      value: devices.length,
      detail: {
        id: `${devices.length} perangkat di belakang gerbang ${gateway} tidak mengirim data; ${id}.`,
        en: `${devices.length} devices behind gateway ${gateway} are silent; ${en}.`,
      },
    };
  });
};

const ofClock = ({ device, station, ahead }: DeviceClockProblem): SystemProblem => {
  const off = ahead === undefined ? 0 : Math.round(ahead.ms / 1_000);
  const text =
    ahead === undefined
      ? { id: 'Waktu dari perangkat ditolak', en: 'Times from the device are refused' }
      : {
          id: `Jam perangkat ${off > 0 ? 'terlalu cepat' : 'terlalu lambat'} ${Math.abs(off)} detik`,
          en: `The clock of the device is ${Math.abs(off)} seconds ${off > 0 ? 'ahead' : 'behind'}`,
        };
  return {
    rule: 'clock-wrong',
    station,
    device,
    value: off,
    detail: {
      id: `${text.id}; setel jam perangkat (NTP, GPS), lalu proses ulang karantina dengan --shift.`,
      en: `${text.en}; set it (NTP, GPS), then replay the quarantine with --shift.`,
    },
  };
};

const ofClockJump = (jump: Duration): SystemProblem => {
  const off = Math.round(jump.ms / 1_000);
  const by = Math.round(Math.abs(off) / 60);
  return ofSystem('clock-jumped', off, {
    id: `Jam server ${off > 0 ? 'maju' : 'mundur'} ${by} menit. Periksa dengan "klawing doctor" dan setel (NTP); selama sehari tidak ada data yang dihapus karena usianya.`,
    en: `It was set ${by} minutes ${off > 0 ? 'ahead' : 'back'}. Check it with "klawing doctor" and set it (NTP); for a day nothing is deleted because of its age.`,
  });
};

/** While one of these holds, silence of devices is unknown: one alert, in place of one for each device. */
export const isBehind = (
  { brokerDown, journalStalled, behind }: Pick<ProbeFindings, 'brokerDown' | 'journalStalled' | 'behind'>,
  limits: ProblemLimits,
): boolean => brokerDown !== undefined || journalStalled !== undefined || behind > limits.behind;

/** The problems in the findings of a probe. */
export const problemsOf = (found: ProbeFindings, limits: ProblemLimits): readonly SystemProblem[] => [
  ...ofService(found, limits).filter((problem) => problem !== undefined && problem !== false),
  ...(found.isSettling
    ? []
    : [
        ...ofGateways(found.silent),
        ...found.silent
          .filter(({ cause }) => cause !== 'gateway-offline')
          .map((silent) => ofSilence(silent, found.now)),
      ]),
  ...found.replaced.map(ofReplaced),
  ...found.contested.map(ofContested),
  // while our own clock is not trusted, the clocks of devices are not checked
  ...(found.clockJump === undefined ? found.wrongClocks.map(ofClock) : [ofClockJump(found.clockJump)]),
];
