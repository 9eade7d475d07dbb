import { Gauge, type Registry } from 'prom-client';
import type { Instant } from '#model/base/instant.ts';

/** Result of checking the balance of the last day. */
export interface Balanced {
  readonly balanced: boolean;
  readonly totals: Readonly<Record<'received' | 'processed' | 'quarantined' | 'discarded' | 'waiting', number>>;
}

/** Result of counting rows in the store. */
export interface Verified {
  readonly verified: boolean;
  readonly mismatched: number;
}

/** The last looks at the ledger as figures, absent until there was one. */
export interface LedgerFigures {
  balanced(look: Balanced, at: Instant): void;
  verified(look: Verified, at: Instant): void;
}

/** A figure that does not exist before it has a value: a zero would be an alarm. */
const lateGauge = (name: string, help: string, registry: Registry): { set(value: number): void } => {
  let gauge: Gauge | undefined;
  return {
    set: (value) => {
      gauge ??= new Gauge({ name, help, registers: [registry] });
      gauge.set(value);
    },
  };
};

export const ledgerFigures = (registry: Registry): LedgerFigures => {
  const late = (name: string, help: string) => lateGauge(`klawing_ingest_ledger_${name}`, help, registry);
  const balanced = late('balanced', '1 when both identities held in every line of the last 24 hours, 0 when not.');
  const balancedAt = late('balanced_time_seconds', 'When that was looked at, in seconds since 1970.');
  const verified = late('verified', '1 when the store held the rows that the ledger expects, 0 when not.');
  const verifiedAt = late('verified_time_seconds', 'When the rows were counted, in seconds since 1970.');
  const mismatched = late('mismatched', 'Devices, properties and hours of which the store held another count of rows.');
  const messages = new Gauge({
    name: 'klawing_ingest_ledger_messages',
    help: 'Messages of the last 24 hours at the last look, by what became of them; received is the count of the broker.',
    labelNames: ['column'] as const,
    registers: [registry],
  });
  return {
    balanced: (look, at) => {
      balanced.set(look.balanced ? 1 : 0);
      balancedAt.set(at / 1_000);
      for (const column of ['received', 'processed', 'quarantined', 'discarded', 'waiting'] as const) {
        messages.set({ column }, look.totals[column]);
      }
    },
    verified: (look, at) => {
      verified.set(look.verified ? 1 : 0);
      verifiedAt.set(at / 1_000);
      mismatched.set(look.mismatched);
    },
  };
};
