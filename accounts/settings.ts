import { z } from 'zod';
import { durationSetting } from '#model/base/setting.ts';

/** `accounts:` in `klawing.yaml`. */
export const AccountSettings = z.strictObject({
  keepSignedIn: durationSetting
    .prefault('180d')
    .describe('Time after which an unused session ends, where the person chose to stay signed in.'),
  sessionTime: durationSetting
    .prefault('12h')
    .describe('Time after which an unused session on a shared computer ends.'),
  invitationValid: durationSetting.prefault('7d').describe('Validity of a link to join or to choose a new password.'),
  keepDisabled: durationSetting.prefault('365d').describe('Time after which people who are disabled are erased.'),
  insecure: z
    .boolean()
    .prefault(false)
    .describe('Accept passwords over plain HTTP from other machines. For a trusted network only.'),
});
export type AccountSettings = z.infer<typeof AccountSettings>;
