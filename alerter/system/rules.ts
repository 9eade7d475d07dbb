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
  /** How long it must last before the alert fires. */
  readonly hold: Duration;
  /** Names of channels; undefined for all of them. */
  readonly channels: readonly string[] | undefined;
}

const rule = (id: string, severity: Severity, measure: string, hold: Duration, title: Text): SystemRule => ({
  id,
  severity,
  title,
  measure,
  hold,
  channels: undefined,
});

const OWN = [
  rule('broker-down', 'extreme', 'seconds', seconds(15), {
    id: 'Penerima data (broker) tidak bekerja',
    en: 'The broker does not answer',
  }),
  rule('journal-stalled', 'extreme', 'bytes', seconds(5), {
    id: 'Data tidak lagi diterima: jurnal penuh atau disk rusak',
    en: 'Messages are not acknowledged: the journal is full or its disk fails',
  }),
  rule('store-away', 'severe', 'seconds', seconds(30), {
    id: 'Penyimpanan data tidak menjawab',
    en: 'The store does not answer',
  }),
  rule('ingest-behind', 'moderate', 'messages', minutes(2), {
    id: 'Pengolahan data tertinggal',
    en: 'Processing has fallen behind',
  }),
  rule('ledger-imbalance', 'severe', 'lines', seconds(0), {
    id: 'Buku besar tidak seimbang: ada pesan yang tidak terhitung',
    en: 'The ledger does not balance: messages are not accounted for',
  }),
  rule('ledger-unverified', 'severe', 'places', seconds(0), {
    id: 'Isi penyimpanan tidak sesuai dengan buku besar',
    en: 'The store does not hold what the ledger says',
  }),
  rule('quarantine-large', 'minor', 'packets', minutes(5), {
    id: 'Terlalu banyak paket di karantina',
    en: 'The quarantine is filling up',
  }),
  rule('channel-failing', 'severe', 'recipients', minutes(5), {
    id: 'Saluran pemberitahuan tidak menyampaikan pesan',
    en: 'A notification channel does not deliver',
  }),
  rule('gateway-silent', 'severe', 'devices', seconds(0), {
    id: 'Gerbang jaringan terputus',
    en: 'A gateway is not connected',
  }),
  rule('device-silent', 'moderate', 'seconds', seconds(0), {
    id: 'Perangkat tidak mengirim data',
    en: 'A device is silent',
  }),
  rule('clock-leapt', 'moderate', 'seconds', seconds(0), {
    id: 'Jam server berubah tiba-tiba',
    en: 'The clock of this server has jumped',
  }),
  rule('clock-wrong', 'minor', 'seconds', seconds(0), {
    id: 'Jam perangkat salah',
    en: 'The clock of a device is wrong',
  }),
] as const;

/** Ids of the rules about the system itself. */
export const SYSTEM_RULE_IDS: readonly string[] = OWN.map(({ id }) => id);

const CHANGEABLE = new Set(['id', 'enabled', 'severity', 'title', 'hold', 'channels']);

const amended = (own: SystemRule, entry: RuleEntry | undefined): SystemRule | undefined => {
  if (entry === undefined) return own;
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
