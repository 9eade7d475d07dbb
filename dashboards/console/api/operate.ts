import { send } from './client.ts';
import type { Alert, NewSilence, Silence } from './types.ts';

/** What an operator does; each needs the operator token. */

export const acknowledge = (alert: Alert, by: string, note: string): Promise<void> =>
  send('POST', `/v1/alerts/${alert.id}/acknowledge`, {
    ...(by === '' ? {} : { by }),
    ...(note === '' ? {} : { note }),
  });

export const silence = (wanted: NewSilence): Promise<void> => send('POST', '/v1/silences', wanted);

export const liftSilence = ({ id }: Silence): Promise<void> => send('DELETE', `/v1/silences/${id}`);
