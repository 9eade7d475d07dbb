import { z } from 'zod';
import { durationSetting, timerSetting } from '#model/base/setting.ts';

/** `ingest:` in `klawing.yaml`. */
export const IngestSettings = z.strictObject({
  quality: z
    .string()
    .min(1)
    .optional()
    .meta({
      description:
        'File of parameters of the quality tests. Without it: config/quality.yaml, if it exists, else those of the families.',
      examples: ['config/quality.yaml'],
    }),
  drainTimeout: timerSetting
    .prefault('10s')
    .describe('Time limit for the current batch when the service stops. The next start repeats an unfinished batch.'),
  brokerTimeout: timerSetting.prefault('10s').describe('Time limit for one answer of the broker on the local socket.'),
  keepClosedQuarantine: durationSetting
    .prefault('90d')
    .describe('Retention of a packet in quarantine after it was replayed or discarded. Open packets always stay.'),
  keepCommands: durationSetting.prefault('365d').describe('Retention of a command to a device after its end.'),
  probeEvery: timerSetting.prefault('5s').describe('Interval of the checks of silence, clocks and the service itself.'),
  balanceEvery: timerSetting.prefault('5m').describe('Interval of the check that the ledger balances.'),
  verifyEvery: timerSetting
    .prefault('1h')
    .describe('Interval at which the rows of the last two days are counted in the store and compared with the ledger.'),
  settleTime: durationSetting
    .prefault('60s')
    .describe(
      'Time without alerts about silent devices after a start of broker or ingest: devices need time to return.',
    ),
  clockAheadAllowed: durationSetting
    .prefault('1m')
    .describe('Tolerance for the clock of a device that is ahead of this machine.'),
  clockBehindAllowed: durationSetting
    .prefault('15m')
    .describe('Tolerance for the clock of a device that is behind, in addition to its reporting interval.'),
  behindLimit: z
    .int()
    .positive()
    .prefault(20_000)
    .describe('Waiting messages above which ingest counts as behind, which is an alert.'),
  quarantineLimit: z
    .int()
    .positive()
    .prefault(1_000)
    .describe('Open packets in quarantine at which an alert is raised.'),
});
export type IngestSettings = z.infer<typeof IngestSettings>;
