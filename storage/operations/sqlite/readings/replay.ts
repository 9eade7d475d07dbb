import type { DatabaseSync } from 'node:sqlite';
import type { ReplayCommit, ReplayOutcome, ReplayRows } from '#storage/operations/replay.ts';
import { addingKept } from './storing.ts';
import { addingParts, QUARANTINE_EVENTS } from './quarantine.ts';
import { first, number, text } from '#storage/operations/sqlite/row.ts';
import type { Transaction } from '#storage/operations/sqlite/transaction.ts';
import { amendingLatest } from '#storage/operations/sqlite/alerts/alerting.ts';
import type { IsValid } from '#model/readings/valid.ts';

/** Records the outcome of a replayed packet, inside a transaction. */
const recordingOutcomes = (
  database: DatabaseSync,
): ((outcome: ReplayOutcome, commit: Pick<ReplayCommit, 'at' | 'by'>) => void) => {
  const update = database.prepare(
    `UPDATE quarantine SET state = $state, closed_at = $closedAt, codec = $codec, codec_version = $codecVersion
     WHERE id = $id`,
  );
  const dropParts = database.prepare('DELETE FROM quarantine_part WHERE packet = $id');
  const addParts = addingParts(database);
  const note = database.prepare(QUARANTINE_EVENTS.insert);
  return ({ id, parts, codec, codecVersion, note: words }, { at, by }) => {
    const isDone = parts.length === 0;
    update.run({ id, codec, codecVersion, state: isDone ? 'replayed' : 'open', closedAt: isDone ? at : null });
    // a closed packet keeps its refused parts: they say why it was in quarantine
    if (!isDone) {
      dropParts.run({ id });
      addParts(id, parts);
    }
    const action = isDone ? 'replayed' : 'refused-again';
    note.run(...QUARANTINE_EVENTS.values({ packet: id, at, action, note: words, by }));
  };
};

/** Rows of replays in SQLite: the current plan, the numbers of replays, and the commit of a step. */
export const replayRows = (database: DatabaseSync, transaction: Transaction, isValid: IsValid): ReplayRows => {
  const getPlan = database.prepare('SELECT plan FROM replay');
  const putPlan = database.prepare('INSERT OR REPLACE INTO replay (only_one, plan) VALUES (1, $plan)');
  const clearPlan = database.prepare('DELETE FROM replay');
  const takeNumbers = database.prepare(
    "UPDATE setting SET value = value + $count WHERE name = 'replay_number' RETURNING value",
  );
  const addKept = addingKept(database);
  const recordOutcome = recordingOutcomes(database);
  const amendLatest = amendingLatest(database, isValid);
  return {
    replayPlan: () => {
      const plan = first(getPlan, (row) => text(row, 'plan'));
      const given: unknown = plan === undefined ? undefined : JSON.parse(plan);
      return given;
    },
    planReplay: (plan) =>
      transaction(() => {
        putPlan.run({ plan: JSON.stringify(plan) });
      }),
    takeReplayNumbers: (count) =>
      transaction(() => (first(takeNumbers, (row) => number(row, 'value'), { count }) ?? count) - count + 1),
    commitReplay: (commit) =>
      transaction(() => {
        addKept(commit);
        for (const outcome of commit.outcomes) recordOutcome(outcome, commit);
        commit.latest.forEach(amendLatest);
        clearPlan.run();
      }),
  };
};
