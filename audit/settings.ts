import type { AuditRows } from '#storage/operations/audit.ts';
import { canonicalJson } from '#storage/operations/audit.ts';
import type { Instant } from '#model/base/instant.ts';

/** Settings by their keys with dots. */
type FlatSettings = Readonly<Record<string, unknown>>;

const ACTION = 'startWithSettings';

/** Values under these keys are secrets, or contacts of people. */
const HIDDEN = /(?:secret|password|token|smtp|\.to|\.from|\.url)$/i;

const isTree = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !('toJSON' in value) && !('ms' in value);

const flat = (tree: object, prefix = ''): FlatSettings =>
  Object.assign(
    {},
    ...Object.entries(tree).map(([key, value]) => {
      const path = `${prefix}${key}`;
      if (isTree(value)) return flat(value, `${path}.`);
      return { [path]: HIDDEN.test(path) && value !== undefined ? '[hidden]' : value };
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

/** Appends the settings that differ from those of the start before, without secrets and contacts. A removed one is null. */
export const auditSettings = async (
  settings: object,
  rows: Pick<AuditRows, 'auditEntries' | 'audited'>,
  at: Instant,
): Promise<void> => {
  const before = known(rows);
  const after: FlatSettings = JSON.parse(canonicalJson(flat(settings)));
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  const isSame = (name: string): boolean => canonicalJson(before[name] ?? null) === canonicalJson(after[name] ?? null);
  const detail = Object.fromEntries(
    [...names].filter((name) => !isSame(name)).map((name) => [name, after[name] ?? null]),
  );
  if (Object.keys(detail).length === 0) return;
  const entry = { at, actor: 'service', action: ACTION, subject: 'settings', detail };
  await rows.audited(entry, () => Promise.resolve(), true);
};
