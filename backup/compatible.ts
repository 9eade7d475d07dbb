import type { Manifest } from './manifest.ts';
import { Fault } from '#model/base/fault.ts';

/** Schema version of a file of a backup, and the newest version that this program knows. */
export interface StoreShape {
  /** Below the backup's folder. */
  readonly path: string;
  readonly version: number;
  readonly known: number;
}

/**
 * Refuses a backup of another store than the settings name, before anything is written.
 * @param kind of the store in the settings
 * @throws Fault `SETTING_INVALID`
 */
export const checkStore = ({ store }: Manifest, kind: string): void => {
  if (store.kind === kind) return;
  const readings = store.rows === null ? 'its readings stay there' : `it holds ${store.rows} readings for that`;
  const detail =
    `the backup is of an installation with the store "${store.kind}", and the settings name "${kind}": ${readings}, ` +
    `and a restore cannot move them to another store; restore and start it with KLAWING_STORE=${store.kind}`;
  throw new Fault('SETTING_INVALID', detail);
};

/** @throws Fault `DATA_NEWER` when a newer program wrote one of the files */
export const checkShapes = (shapes: readonly StoreShape[]): void => {
  const newer = shapes.find(({ version, known }) => version > known);
  if (newer === undefined) return;
  const { path, version, known } = newer;
  const detail = `${path} in the backup has schema ${version}, this program knows ${known}; restore it with the newer version`;
  throw new Fault('DATA_NEWER', detail);
};
