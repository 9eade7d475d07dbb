import type { AuditRows } from '#storage/operations/audit.ts';
import { maskContacts } from '#model/accounts/contact.ts';
import { canonicalJson } from '#storage/operations/audit.ts';
import type { Instant } from '#model/base/instant.ts';
import { hashSecret, Secret } from '#model/base/secret.ts';

/** Settings by their keys with dots. */
type FlatSettings = Readonly<Record<string, unknown>>;

const ACTION = 'startWithSettings';

/** Values under these keys are secrets, or contacts of people. */
const HIDDEN = /(?:secret|password|token|smtp|\.to|\.from|\.recipients|\.url)$/i;

const isTree = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !('toJSON' in value) && !('ms' in value);

/** A mark in place of a hidden value. It changes with the value, and says nothing about it without the key. */
const markOf = (value: unknown, key: Buffer): string => {
  const text = value instanceof Secret ? value.reveal() : canonicalJson(value);
  return `[hidden ${hashSecret(key, text).toString('hex').slice(0, 8)}]`;
};

const hasContact = (value: unknown): boolean => {
  if (typeof value === 'function') return false;
  const text = canonicalJson(value);
  return maskContacts(text) !== text;
};

const isHidden = (path: string, value: unknown): boolean => {
  if (value === undefined) return false;
  return value instanceof Secret || HIDDEN.test(path) || (!isTree(value) && hasContact(value));
};

const flat = (tree: object, key: Buffer, prefix = ''): FlatSettings =>
  Object.assign(
    {},
    ...Object.entries(tree).map(([name, value]) => {
      const path = `${prefix}${name}`;
      if (isHidden(path, value)) return { [path]: markOf(value, key) };
      return isTree(value) ? flat(value, key, `${path}.`) : { [path]: value };
    }),
  );

/** All settings that the trail knows of: the first start wrote all, later starts wrote what differed. */
const known = (rows: Pick<AuditRows, 'auditEntries'>): FlatSettings => {
  const filter = { actor: undefined, action: ACTION, subject: undefined, from: undefined, to: undefined };
  const settings: Record<string, unknown> = {};
  const seen: FlatSettings[] = [];
  let before: number | undefined;
  for (;;) {
    const page = rows.auditEntries({ ...filter, before, limit: 1_000 });
    seen.push(...page.map(({ detail }) => detail));
    before = page.at(-1)?.number;
    if (before === undefined) break;
  }
  for (const detail of seen.toReversed()) Object.assign(settings, detail);
  return settings;
};

/**
 * Appends the settings that differ from those of the start before. Secrets and contacts are marks, which differ where the value
 * differs. A removed setting is null.
 * @param secretKey of this installation, under which the marks are made
 */
export const auditSettings = async (
  settings: object,
  rows: Pick<AuditRows, 'auditEntries' | 'audited'>,
  { at, secretKey }: { readonly at: Instant; readonly secretKey: Buffer },
): Promise<void> => {
  const before = known(rows);
  const after: FlatSettings = JSON.parse(canonicalJson(flat(settings, secretKey)));
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  const isSame = (name: string): boolean => canonicalJson(before[name] ?? null) === canonicalJson(after[name] ?? null);
  const detail = Object.fromEntries(
    [...names].filter((name) => !isSame(name)).map((name) => [name, after[name] ?? null]),
  );
  if (Object.keys(detail).length === 0) return;
  const entry = { at, actor: 'service', action: ACTION, subject: 'settings', detail };
  await rows.audited(entry, () => Promise.resolve(), true);
};
