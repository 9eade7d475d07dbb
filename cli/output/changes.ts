import type { MemberChange } from '#registry/device-members.ts';

const valueText = (value: unknown): string => {
  if (value === null || value === undefined) return 'none';
  return typeof value === 'string' ? value : JSON.stringify(value);
};

/** Old and new, one member after the other. */
export const changesText = (changes: readonly MemberChange[]): string =>
  changes.map(({ member, before, after }) => `${member} ${valueText(before)} → ${valueText(after)}`).join(', ');
