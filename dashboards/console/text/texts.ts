import { makeStore, useStore } from '#dashboards/console/state/store.ts';
import { english } from './catalogue-en.ts';
import { type Catalogue, indonesian } from './catalogue-id.ts';

export type PageLanguage = 'id' | 'en';

const KEY = 'klawing.language';
const CATALOGUES: Readonly<Record<PageLanguage, Catalogue>> = { id: indonesian, en: english };

const chosen = (): PageLanguage | undefined => {
  const kept = localStorage.getItem(KEY);
  return kept === 'id' || kept === 'en' ? kept : undefined;
};

const language = makeStore<PageLanguage>(chosen() ?? 'id');

/** Applies the language of the service for a visitor without a choice of their own. */
export const proposeLanguage = (proposed: PageLanguage): void => {
  if (chosen() === undefined) language.set(proposed);
};

export const switchLanguage = (): void => {
  const other = language.get() === 'id' ? 'en' : 'id';
  localStorage.setItem(KEY, other);
  language.set(other);
};

export const useLanguage = (): PageLanguage => useStore(language);

/** The texts of the language that is chosen. */
export const useTexts = (): Catalogue => CATALOGUES[useStore(language)];
