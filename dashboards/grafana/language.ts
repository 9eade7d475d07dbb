import type { Text } from '#model/readings/family.ts';

/** The languages of Klawing. Grafana does not translate boards, so each board is generated once for each. */
export const LANGUAGES = ['id', 'en'] as const;
export type BoardLanguage = (typeof LANGUAGES)[number];

/** Picks a text in the language that is being generated. */
export type Say = (text: Text) => string;

export const sayIn =
  (language: BoardLanguage): Say =>
  (text) =>
    text[language];
