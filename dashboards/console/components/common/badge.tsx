import type { Alert, Flag, State } from '#dashboards/console/api/types.ts';
import { classOf, type Look } from '#dashboards/console/state/tone.ts';
import { useLanguage, useTexts } from '#dashboards/console/text/texts.ts';

const FLAG_CLASS: Readonly<Record<Flag, string>> = { 1: '', 2: '', 3: 'doubtful', 4: 'failed', 9: 'failed' };

/** The quality flag in words; nothing where the checks passed. */
export const FlagBadge = ({ flag }: { readonly flag: Flag }) => {
  const texts = useTexts();
  return flag === 1 ? null : <span class={`badge ${FLAG_CLASS[flag]}`}>{texts.flags[flag]}</span>;
};

/** The severity of an alert in a word; the word for the system where it is about the service or a device. */
export const AlertBadge = ({ alert }: { readonly alert: Alert }) => {
  const texts = useTexts();
  const kind = classOf(alert);
  return <span class={`badge ${kind}`}>{texts.severity[kind]}</span>;
};

/** A hazard in its word and colour, and how far it can be relied on. */
export const LookBadge = ({ look: { tone, word, assurance } }: { readonly look: Look }) => {
  const texts = useTexts();
  const language = useLanguage();
  return (
    <span class="look" data-tone={tone} data-assurance={assurance}>
      {word !== undefined && <span class={`hazard ${tone}`}>{word[language]}</span>}
      {(assurance === 'doubtful' || assurance === 'stale') && (
        <span class={`badge ${assurance === 'stale' ? 'system' : 'doubtful'}`}>{texts.assurance[assurance]}</span>
      )}
    </span>
  );
};

/** The same as a text, for those who do not see it. */
export const lookText = (
  { word, assurance }: Look,
  language: 'id' | 'en',
  assurances: Readonly<Record<State['assurance'], string>>,
): string => {
  const doubt = assurance === 'doubtful' || assurance === 'stale' ? [assurances[assurance]] : [];
  return [...(word === undefined ? [] : [word[language]]), ...doubt].join(', ');
};

/** The problem of the devices of a station; nothing where they are in order. */
export const SystemBadge = ({ system: { state, devices, of } }: Pick<State, 'system'>) => {
  const texts = useTexts();
  if (state !== 'silent' && state !== 'offline') return null;
  const share = devices < of ? ` (${texts.partOf(devices, of)})` : '';
  return (
    <span class="badge system" data-system={state}>
      {texts.system[state]}
      {share}
    </span>
  );
};
