/** Versions of profiles by which a replay reads: those that were in force at the arrival, or the newest. */
export const PROFILE_CHOICES = ['then', 'newest'] as const;
export type ProfileChoice = (typeof PROFILE_CHOICES)[number];
