import type { CommandReply } from '#storage/operations/commands.ts';
import { replyOutcome } from '#model/commands/command.ts';
import { downlinkReply } from '#model/commands/downlink-reply.ts';
import type { Entry } from '#model/readings/packet.ts';
import { parseTopic } from '#model/readings/topic.ts';

/** Longer answers are cut: they are read by people. */
const REPLY_BYTES = 65_536;

/** The device's own answer, or what its network server says. */
const replyIn = ({ sender, topic, payload }: Entry): Pick<CommandReply, 'device' | 'id' | 'outcome'> | undefined => {
  const parsed = parseTopic(topic);
  if (parsed?.kind === 'reply') return { device: parsed.device, id: parsed.id, outcome: replyOutcome(payload) };
  const reply = downlinkReply(topic, payload);
  return reply === undefined ? undefined : { device: sender, ...reply };
};

/** The answers to commands among the entries of a batch, in order. */
export const repliesIn = (entries: readonly Entry[]): readonly CommandReply[] =>
  entries
    .filter(({ kind }) => kind === 'reply')
    .flatMap((entry) => {
      const reply = replyIn(entry);
      const { payload, receivedAt: at } = entry;
      return reply === undefined ? [] : [{ ...reply, at, payload: payload.slice(0, REPLY_BYTES) }];
    });
