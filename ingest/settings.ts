import { z } from 'zod';
import { durationSetting } from '#model/base/setting.ts';

/** `ingest:` in `klawing.yaml`. */
export const IngestSettings = z.strictObject({
  /** Time for which a batch under way may go on when the service stops; then it is left to the next run. */
  drainTimeout: durationSetting.prefault('10s'),
  /** Limit for one answer of the broker on the local socket. */
  brokerTimeout: durationSetting.prefault('10s'),
  /** Time for which a packet of the quarantine stays after it was replayed or discarded. Open ones always stay. */
  keepClosedQuarantine: durationSetting.prefault('90d'),
  /** Time for which a command to a device stays in the history after its end. */
  keepCommands: durationSetting.prefault('365d'),
  /** Interval of the checks of silence, clocks and the service itself. */
  probeEvery: durationSetting.prefault('5s'),
  /** Time without alerts about silent devices after they can be heard again. */
  settleTime: durationSetting.prefault('60s'),
  /** Tolerance of a device's clock: ahead of ours, or behind it beyond its interval. */
  clockAheadAllowed: durationSetting.prefault('1m'),
  clockBehindAllowed: durationSetting.prefault('15m'),
  /** Messages that wait to be looked at, above which processing counts as behind. */
  behindLimit: z.int().positive().prefault(20_000),
  /** Open packets in quarantine from which on it is worth an alert. */
  quarantineLimit: z.int().positive().prefault(1_000),
  /** Interval of the automatic check of the ledger's identities. */
  balanceEvery: durationSetting.prefault('5m'),
  /** Interval at which the rows of the last two days are counted in the store and compared. */
  verifyEvery: durationSetting.prefault('1h'),
});
export type IngestSettings = z.infer<typeof IngestSettings>;
