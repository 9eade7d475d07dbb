import { send } from './client.ts';
import { readProgress } from './progress.ts';
import type { Alert, NewSilence, Silence } from './types.ts';

/** Changes by a person, whose name the service records. */

export const acknowledge = (alert: Alert, note: string): Promise<void> =>
  send('POST', `/v1/alerts/${alert.id}/acknowledge`, note === '' ? {} : { note });

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

export const replay = (
  choice: PacketSelection,
  shift: string,
  onProgress: (sums: ReplaySums) => void,
): Promise<ReplaySums> =>
  readProgress('/v1/quarantine/replay', onProgress, { ...choice, ...(shift === '' ? {} : { shift }) });

export const discard = (choice: PacketSelection, reason: string): Promise<void> =>
  send('POST', '/v1/quarantine/discard', { ...choice, reason });
