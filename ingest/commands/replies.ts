import type { CommandReply } from '#ingest/operations/commands.ts';
import { replyOutcome } from '#model/command.ts';
import type { Entry } from '#model/packet.ts';
import { parseTopic } from '#model/topic.ts';

/** Longer answers are cut: they are read by people. */
const REPLY_BYTES = 65_536;

/** The answers to commands among the entries of a batch, in order. */
export const repliesIn = (entries: readonly Entry[]): readonly CommandReply[] =>
  entries
    .filter(({ kind }) => kind === 'reply')
    .flatMap(({ topic, payload, receivedAt }) => {
      const parsed = parseTopic(topic);
      if (parsed?.kind !== 'reply') return [];
      const outcome = replyOutcome(payload);
      return [
        { device: parsed.device, id: parsed.id, at: receivedAt, outcome, payload: payload.slice(0, REPLY_BYTES) },
      ];
    });
