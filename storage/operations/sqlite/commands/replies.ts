import type { DatabaseSync } from 'node:sqlite';
import type { CommandReply } from '#storage/operations/commands.ts';

/**
 * Writes answers of devices beside their commands. The first answer that ends a command stands; one that comes after
 * the time has run out is kept, and changes nothing else. An answer to what was never asked is dropped.
 */
export const addingReplies = (database: DatabaseSync): ((replies: readonly CommandReply[]) => void) => {
  const deliver = database.prepare(
    `UPDATE command SET state = 'delivered', delivered_at = coalesce(delivered_at, $at), reply = $payload
     WHERE id = $id AND device = $device AND closed_at IS NULL`,
  );
  const close = database.prepare(
    `UPDATE command SET state = $outcome, delivered_at = coalesce(delivered_at, $at), closed_at = $at, reply = $payload
     WHERE id = $id AND device = $device AND closed_at IS NULL`,
  );
  const late = database.prepare(
    `UPDATE command SET delivered_at = coalesce(delivered_at, $at), reply = $payload
     WHERE id = $id AND device = $device AND state = 'expired'`,
  );
  return (replies) => {
    for (const { id, device, at, payload, outcome } of replies) {
      const reply = { id, device, at, payload };
      late.run(reply);
      if (outcome === 'delivered') deliver.run(reply);
      else close.run({ ...reply, outcome });
    }
  };
};
