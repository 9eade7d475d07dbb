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

/** Language that the person who is signed in keeps with the account. */
let personal: PageLanguage | undefined;

/** Applies the language of the service for a visitor without a choice of their own. */
export const proposeLanguage = (proposed: PageLanguage): void => {
  if (personal === undefined && chosen() === undefined) language.set(proposed);
};

/** Applies the language of the account; a shared browser does not keep it. */
export const adoptLanguage = (kept: PageLanguage | undefined): void => {
  personal = kept;
  if (kept !== undefined) language.set(kept);
};

/** Shows the page in a language, and keeps it in this browser. */
export const showLanguage = (next: PageLanguage): void => {
  localStorage.setItem(KEY, next);
  language.set(next);
};

export const useLanguage = (): PageLanguage => useStore(language);

/** The texts of the language that is chosen. */
export const useTexts = (): Catalogue => CATALOGUES[useStore(language)];
