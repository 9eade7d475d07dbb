import { Fault, type FaultCode } from '#model/base/fault.ts';
import { hourOf } from '#model/base/instant.ts';
import type { Entry } from '#model/readings/packet.ts';
import type { JournalWriter, RecentCounts } from '#journal/journal.ts';
import { createGrowth } from '#journal/write/growth.ts';
import { flatten } from '#journal/counts/closed-hours.ts';

interface Group {
  readonly entries: Entry[];
  readonly synced: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (fault: Fault) => void;
}

/** A journal in memory whose syncs can be held: a whole writer save for the disk. */
export interface MemoryJournal extends JournalWriter {
  /** Synced entries, in order. */
  readonly entries: readonly Entry[];
  /** Entries appended and not yet synced. */
  pending(): number;
  /** From now on groups wait for `release`. */
  hold(): void;
  release(): void;
  /** Fails the groups that wait. */
  fail(code: FaultCode): void;
  /** From now on `append` throws, until `room` is called. */
  fill(): void;
  room(): void;
  /** The sequence that `passed` was last called with. */
  passedTo(): number;
}

export const memoryJournal = (id = 'memory'): MemoryJournal => {
  const entries: Entry[] = [];
  const growth = createGrowth();
  let groups: Group[] = [];
  let open: Group | undefined;
  let isHeld = false;
  let isFull = false;
  let sequence = 0;
  let commits = 0;
  let passed = 0;

  const sync = (): void => {
    if (isHeld) return;
    const ready = groups;
    groups = [];
    open = undefined;
    for (const group of ready) {
      entries.push(...group.entries);
      commits += 1;
      group.resolve();
    }
    growth.reached(entries.length);
  };

  const startGroup = (): Group => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const group: Group = { entries: [], synced: promise, resolve, reject };
    groups.push(group);
    setImmediate(() => {
      if (open === group) open = undefined;
      sync();
    });
    return group;
  };

  const recent = (fromHour: number, toHour: number): RecentCounts => {
    const hours = new Map<number, Map<string, number>>();
    for (const { kind, sender, receivedAt } of entries) {
      const hour = hourOf(receivedAt);
      if (kind !== 'readings' || hour < fromHour || hour > toHour) continue;
      const counts = hours.get(hour) ?? new Map<string, number>();
      hours.set(hour, counts.set(sender, (counts.get(sender) ?? 0) + 1));
    }
    const counted = [...hours].map(([hour, counts]) => ({ hour, counts: [...counts] }));
    return { journal: id, through: entries.length, hours: counted };
  };

  return {
    id,
    entries,
    append: (packet) => {
      if (isFull) throw new Fault('JOURNAL_FULL', 'the test filled it', { retry: true });
      open ??= startGroup();
      sequence += 1;
      open.entries.push({ ...packet, sequence });
      return { sequence, synced: open.synced };
    },
    pending: () => groups.reduce((sum, group) => sum + group.entries.length, 0),
    hold: () => {
      isHeld = true;
    },
    release: () => {
      isHeld = false;
      sync();
    },
    fail: (code) => {
      const failed = groups;
      groups = [];
      open = undefined;
      for (const group of failed) group.reject(new Fault(code, 'the test failed it', { retry: true }));
    },
    fill: () => {
      isFull = true;
    },
    room: () => {
      isFull = false;
    },
    passed: (to) => {
      passed = to;
      return Promise.resolve();
    },
    passedTo: () => passed,
    state: () => ({
      first: 1,
      last: entries.length,
      segments: 1,
      bytes: 0,
      stalled: isFull ? 'bound' : undefined,
      lastCommitMs: 0,
      commits,
    }),
    received: async (fromHour, toHour) => {
      const { hours, ...of } = recent(fromHour, toHour);
      return { ...of, counts: flatten(hours) };
    },
    recent,
    beyond: growth.beyond,
    stop: () => {
      isHeld = false;
      sync();
      return Promise.resolve();
    },
  };
};
