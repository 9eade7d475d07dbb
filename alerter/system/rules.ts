import type { RuleEntry } from '#alerter/rules/rules-file.ts';
import { ruleMistake } from '#alerter/rules/rules-file.ts';
import { type Duration, minutes, seconds } from '#model/base/duration.ts';
import type { Severity, Text } from '#model/readings/family.ts';

/** A rule about the system itself, without readings as evidence. */
export interface SystemRule {
  readonly id: string;
  readonly severity: Severity;
  readonly title: Text;
  /** Name of the quantity that the value of its alerts counts, as in the API. */
  readonly measure: string;
  /** Time for which the problem must last before the alert fires. */
  readonly hold: Duration;
  /** Names of channels; undefined for all of them. */
  readonly channels: readonly string[] | undefined;
}

const OWN: readonly Omit<SystemRule, 'channels'>[] = [
  {
    id: 'broker-down',
    severity: 'extreme',
    measure: 'seconds',
    hold: seconds(15),
    title: {
      id: 'Penerima data (broker) tidak bekerja',
      en: 'The broker does not answer',
    },
  },
  {
    id: 'journal-stalled',
    severity: 'extreme',
    measure: 'bytes',
    hold: seconds(5),
    title: {
      id: 'Data tidak lagi diterima: jurnal penuh atau disk rusak',
      en: 'Messages are not acknowledged: the journal is full or its disk fails',
    },
  },
  {
    id: 'store-away',
    severity: 'severe',
    measure: 'seconds',
    hold: seconds(30),
    title: {
      id: 'Penyimpanan data tidak menjawab',
      en: 'The store does not answer',
    },
  },
  {
    id: 'ingest-behind',
    severity: 'moderate',
    measure: 'messages',
    hold: minutes(2),
    title: {
      id: 'Pengolahan data tertinggal',
      en: 'Processing has fallen behind',
    },
  },
  {
    id: 'ledger-imbalance',
    severity: 'severe',
    measure: 'lines',
    hold: seconds(0),
    title: {
      id: 'Buku besar tidak seimbang: ada pesan yang tidak terhitung',
      en: 'The ledger does not balance: messages are not accounted for',
    },
  },
  {
    id: 'ledger-unverified',
    severity: 'severe',
    measure: 'places',
    hold: seconds(0),
    title: {
      id: 'Isi penyimpanan tidak sesuai dengan buku besar',
      en: 'The store does not hold what the ledger says',
    },
  },
  {
    id: 'quarantine-large',
    severity: 'minor',
    measure: 'packets',
    hold: minutes(5),
    title: {
      id: 'Terlalu banyak paket di karantina',
      en: 'The quarantine is filling up',
    },
  },
  {
    id: 'channel-failing',
    severity: 'severe',
    measure: 'recipients',
    hold: minutes(5),
    title: {
      id: 'Saluran pemberitahuan tidak menyampaikan pesan',
      en: 'A notification channel does not deliver',
    },
  },
  {
    id: 'gateway-silent',
    severity: 'severe',
    measure: 'devices',
    hold: seconds(0),
    title: {
      id: 'Gerbang jaringan terputus',
      en: 'A gateway is not connected',
    },
  },
  {
    id: 'device-silent',
    severity: 'moderate',
    measure: 'seconds',
    hold: seconds(0),
    title: {
      id: 'Perangkat tidak mengirim data',
      en: 'A device is silent',
    },
  },
  {
    id: 'readings-replaced',
    severity: 'minor',
    measure: 'readings',
    hold: seconds(0),
    title: {
      id: 'Perangkat menimpa bacaannya sendiri',
      en: 'A device replaces its own readings',
    },
  },
  {
    id: 'identity-contested',
    severity: 'moderate',
    measure: 'takeovers',
    hold: seconds(0),
    title: {
      id: 'Dua sambungan memperebutkan satu identitas',
      en: 'Two connections take one identity from each other',
    },
  },
  {
    id: 'clock-jumped',
    severity: 'moderate',
    measure: 'seconds',
    hold: seconds(0),
    title: {
      id: 'Jam server berubah tiba-tiba',
      en: 'The clock of this server has jumped',
    },
  },
  {
    id: 'clock-wrong',
    severity: 'minor',
    measure: 'seconds',
    hold: seconds(0),
    title: {
      id: 'Jam perangkat salah',
      en: 'The clock of a device is wrong',
    },
  },
];

/** Ids of the rules about the system itself. */
export const SYSTEM_RULE_IDS: readonly string[] = OWN.map(({ id }) => id);

const CHANGEABLE = new Set(['id', 'enabled', 'severity', 'title', 'hold', 'channels']);

const amended = (own: Omit<SystemRule, 'channels'>, entry: RuleEntry | undefined): SystemRule | undefined => {
  if (entry === undefined) return { ...own, channels: undefined };
  const other = Object.keys(entry).find((key) => !CHANGEABLE.has(key));
  if (other !== undefined) {
    throw ruleMistake(
      `rules.${own.id}.${other}`,
      own.id,
      'a rule about the system itself does not have this key',
      'severity',
    );
  }
  if (entry.enabled === false) return undefined;
  const { severity = own.severity, title = own.title, hold = own.hold, channels } = entry;
  return { ...own, severity, title, hold, channels };
};

/**
 * The rules about the system itself, with the changes of `rules.yaml`; those that it switches off are left out.
 * @throws Fault `SETTING_INVALID` for a key that such a rule does not have
 */
export const systemRules = (entries: readonly RuleEntry[]): ReadonlyMap<string, SystemRule> =>
  new Map(
    OWN.flatMap((own) => {
      const changed = amended(
        own,
        entries.find(({ id }) => id === own.id),
      );
      return changed === undefined ? [] : [[own.id, changed] as const];
    }),
  );
