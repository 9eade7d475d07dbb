import type { Flag } from '#dashboards/console/api/types.ts';
import { type Tone, toneOfFlag } from '#dashboards/console/state/tone.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';

/** A tone as a sign with a word: never a colour alone. */
export const Badge = ({ tone, children }: { readonly tone: Tone; readonly children?: string }) => {
  const texts = useTexts();
  return <span class={`badge ${tone}`}>{children ?? texts.tone[tone]}</span>;
};

export const FlagBadge = ({ flag }: { readonly flag: Flag }) => {
  const texts = useTexts();
  return <span class={`badge ${toneOfFlag(flag)}`}>{texts.flags[flag]}</span>;
};
