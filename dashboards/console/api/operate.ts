import { send } from './client.ts';
import { readProgress } from './progress.ts';
import type { Alert, NewSilence, Silence } from './types.ts';

/** Changes by an operator; each needs the operator token. */

export const acknowledge = (alert: Alert, by: string, note: string): Promise<void> =>
  send('POST', `/v1/alerts/${alert.id}/acknowledge`, {
    ...(by === '' ? {} : { by }),
    ...(note === '' ? {} : { note }),
  });

export const silence = (wanted: NewSilence): Promise<void> => send('POST', '/v1/silences', wanted);

export const liftSilence = ({ id }: Silence): Promise<void> => send('DELETE', `/v1/silences/${id}`);

/** Which open packets of the quarantine are meant. */
export interface PacketSelection {
  readonly ids?: readonly number[];
  readonly device?: string;
  readonly code?: string;
  readonly all?: true;
}

/** The counts of a replay, under way and at its end. */
export interface ReplaySums {
  readonly taken: number;
  readonly replayed: number;
  readonly refused_again: number;
  readonly stored: number;
  readonly duplicates: number;
  readonly revised: number;
}

/** Without the fields that were left empty. */
const given = (fields: Readonly<Record<string, string>>): object =>
  Object.fromEntries(Object.entries(fields).filter(([, text]) => text !== ''));

interface ReplayFields {
  readonly shift: string;
  readonly by: string;
}

export const replay = (
  choice: PacketSelection,
  { shift, by }: ReplayFields,
  onProgress: (sums: ReplaySums) => void,
): Promise<ReplaySums> => readProgress('/v1/quarantine/replay', onProgress, { ...choice, ...given({ shift, by }) });

export const discard = (choice: PacketSelection, reason: string, by: string): Promise<void> =>
  send('POST', '/v1/quarantine/discard', { ...choice, reason, ...given({ by }) });
