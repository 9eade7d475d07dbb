import { RefusedRequest } from '#dashboards/console/api/client.ts';
import type { Catalogue } from './catalogue-id.ts';

/** The text of an error in the language of the page: that of its fault, or that the service does not answer. */
export const errorText = (error: unknown, texts: Catalogue): string => {
  if (!(error instanceof RefusedRequest)) return texts.noAnswer;
  const { code, message } = error;
  const title = code === undefined ? undefined : texts.faults[code];
  if (title === undefined) return message === '' ? texts.refused(error.status) : message;
  return texts.locale === 'en-GB' ? message : title;
};
