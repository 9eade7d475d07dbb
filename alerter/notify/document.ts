import type { Notice } from './notice.ts';

/** A notice as programs read it. */
export const documentOf = ({ key, alert, link, isTest, lateSince }: Notice): string =>
  JSON.stringify({ id: key, test: isTest, late: lateSince !== undefined, link, alert });
