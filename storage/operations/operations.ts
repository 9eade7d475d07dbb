import type { AccountRows } from './accounts.ts';
import type { AlertRows } from './alerts.ts';
import type { AuditRows } from './audit.ts';
import type { CommandRows } from './commands.ts';
import type { StoringRows } from './storing.ts';
import type { LedgerRows } from './ledger.ts';
import type { QualityRows } from './quality.ts';
import type { QuarantineRows } from './quarantine.ts';
import type { RegistryRows } from './registry.ts';
import type { ReplayRows } from './replay.ts';
import type { MonitorRows } from './monitor.ts';
import type { AlertingRows } from './alerting.ts';

/**
 * The rows that operating needs: registry, cursors, ledger, quarantine, last values, people. One SQLite file by default; every
 * change is one transaction that is on disk when its promise resolves.
 */
export interface Operations
  extends RegistryRows,
    StoringRows,
    AlertingRows,
    AlertRows,
    LedgerRows,
    QualityRows,
    QuarantineRows,
    ReplayRows,
    MonitorRows,
    CommandRows,
    AccountRows,
    AuditRows {
  /** Writes everything as it is now into a file of its own; changes that come meanwhile are not in it. */
  copy(path: string): Promise<void>;
  stop(): Promise<void>;
}
