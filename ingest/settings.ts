import { z } from 'zod';
import { durationSetting } from '#model/base/setting.ts';

/** `ingest:` in `klawing.yaml`. */
export const IngestSettings = z.strictObject({
  /** How long a batch under way may take to end when the service stops; then it is left to the next run. */
  drainTimeout: durationSetting.prefault('10s'),
  /** How long the broker may take over one answer on the local socket. */
  brokerTimeout: durationSetting.prefault('10s'),
  /** How long a packet of the quarantine stays after it was replayed or discarded. Open ones always stay. */
  keepClosedQuarantine: durationSetting.prefault('90d'),
  /** How long a command to a device stays in the history after its end. */
  keepCommands: durationSetting.prefault('365d'),
  /** How often silence, clocks and the service itself are looked at. */
  probeEvery: durationSetting.prefault('5s'),
  /** How long nothing is said of silent devices once they can be heard again. */
  settleTime: durationSetting.prefault('60s'),
  /** How far a device's clock may be ahead of ours, and behind it beyond its interval. */
  clockAheadAllowed: durationSetting.prefault('1m'),
  clockBehindAllowed: durationSetting.prefault('15m'),
  /** Messages that wait to be looked at, above which processing counts as behind. */
  behindLimit: z.int().positive().prefault(20_000),
  /** Open packets in quarantine from which on it is worth an alert. */
  quarantineLimit: z.int().positive().prefault(1_000),
  /** How often the ledger's identities are looked at without anybody asking. */
  balanceEvery: durationSetting.prefault('5m'),
  /** How often the rows of the last two days are counted in the store and compared. */
  verifyEvery: durationSetting.prefault('1h'),
});
export type IngestSettings = z.infer<typeof IngestSettings>;
