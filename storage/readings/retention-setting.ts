import { days } from '#model/base/duration.ts';
import { durationSetting } from '#model/base/setting.ts';

/** Devices send again what they could not send for days: what is removed must be older than anything they still hold. */
const LEAST = days(30);

/** A setting that says how long readings are kept. */
export const retentionSetting = durationSetting.refine(
  ({ ms }) => ms >= LEAST.ms,
  'readings are kept for 30d at least',
);
