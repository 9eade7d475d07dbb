import { AsyncLocalStorage } from 'node:async_hooks';
import type { DatabaseSync } from 'node:sqlite';
import {
  type AuditDetail,
  AuditEntry,
  type AuditHead,
  auditHash,
  type AuditRows,
  canonicalJson,
  type NewAuditEntry,
  NO_HASH,
} from '#storage/operations/audit.ts';
import { all, bytes, first, number } from './row.ts';
import { tableOf } from './table.ts';
import type { Transaction, TransactionHooks } from './transaction.ts';

/** The entry of a call that is under way. */
interface AuditDraft {
  entry: NewAuditEntry;
  isWritten: boolean;
  /** Written by the transaction that is open. */
  isOpen: boolean;
}

const AUDIT = tableOf('audit', AuditEntry);

const headOf = (database: DatabaseSync): (() => AuditHead | undefined) => {
  const newest = database.prepare('SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1');
  return () => first(newest, (row) => ({ number: number(row, 'number'), hash: bytes(row, 'hash') }));
};

const sorted = (detail: AuditDetail): Record<string, unknown> => JSON.parse(canonicalJson(detail));

export interface Auditing {
  readonly hooks: TransactionHooks;
  readonly rows: (transaction: Transaction) => AuditRows;
}

/** The trail of changes in SQLite. An entry is appended by the first transaction of the call that it describes. */
export const auditing = (database: DatabaseSync): Auditing => {
  const drafts = new AsyncLocalStorage<AuditDraft>();
  const head = headOf(database);
  const add = database.prepare(AUDIT.insert);
  const list = database.prepare(
    `SELECT * FROM audit WHERE ($actor IS NULL OR actor = $actor) AND ($action IS NULL OR action = $action)
     AND ($subject IS NULL OR subject = $subject) AND ($from IS NULL OR at >= $from) AND ($to IS NULL OR at < $to)
     AND ($before IS NULL OR number < $before) ORDER BY number DESC LIMIT $limit`,
  );

  const append = (entry: NewAuditEntry): void => {
    const before = head();
    const content = { ...entry, number: (before?.number ?? 0) + 1, detail: sorted(entry.detail) };
    add.run(...AUDIT.values({ ...content, hash: auditHash(before?.hash ?? NO_HASH, content) }));
  };

  const hooks: TransactionHooks = {
    beforeCommit: () => {
      const draft = drafts.getStore();
      if (draft === undefined) return;
      draft.isOpen = !draft.isWritten;
      if (!draft.isWritten) append(draft.entry);
      draft.isWritten = true;
    },
    afterRollback: () => {
      const draft = drafts.getStore();
      if (draft?.isOpen === true) draft.isWritten = false;
    },
  };

  return {
    hooks,
    rows: (transaction) => ({
      audited: (entry, call, isAlways = false) =>
        drafts.run({ entry, isWritten: false, isOpen: false }, async () => {
          const result = await call();
          if (isAlways && drafts.getStore()?.isWritten === false) await transaction(() => undefined);
          return result;
        }),
      noteAudit: (detail, about) => {
        const draft = drafts.getStore();
        if (draft === undefined) return;
        draft.entry = { ...draft.entry, ...about, detail: { ...draft.entry.detail, ...detail } };
      },
      auditEntries: ({ actor = null, action = null, subject = null, from = null, to = null, before = null, limit }) =>
        all(list, AUDIT.read, { actor, action, subject, from, to, before, limit }),
      auditHead: head,
    }),
  };
};
