import { base } from './0001-base.ts';
import { alerts } from './0002-alerts.ts';
import { replay } from './0003-replay.ts';
import { identity } from './0004-identity.ts';
import { vigil } from './0005-vigil.ts';
import { intentRegistry } from './0006-intent-registry.ts';
import { commands } from './0007-commands.ts';
import { clocks } from './0008-clocks.ts';
import { untoldEnds } from './0009-untold-ends.ts';
import { network } from './0010-network.ts';
import { quarantineBy } from './0011-quarantine-by.ts';
import { validValues } from './0012-valid-values.ts';
import { closedAlerts } from './0013-closed-alerts.ts';
import { recipients } from './0014-recipients.ts';
import { identities } from './0015-identities.ts';
import { assignedTimes } from './0016-assigned-times.ts';

/**
 * Numbered steps from an empty file to the newest shape; `PRAGMA user_version` says how many were taken. A step that
 * has been released is never changed: a new one is added behind it.
 */
export const MIGRATIONS: readonly string[] = [
  base,
  alerts,
  replay,
  identity,
  vigil,
  intentRegistry,
  commands,
  clocks,
  untoldEnds,
  network,
  quarantineBy,
  validValues,
  closedAlerts,
  recipients,
  identities,
  assignedTimes,
];
