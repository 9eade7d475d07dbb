import type { Channel } from './channel.ts';
import { maskContacts } from '#model/accounts/contact.ts';
import type { RecipientHealth } from '#model/alerts/alert.ts';
import { type SystemProblem, SYSTEM } from '#model/alerts/problem.ts';
import { formatInstant, type Instant } from '#model/base/instant.ts';

/** The rule about channels that do not deliver. */
export const CHANNEL_RULE = 'channel-failing';

/** The recipients of a channel for people, and those of them that it does not reach. */
export interface ChannelHealth {
  readonly channel: string;
  readonly recipients: number;
  /** Recipients that the last try did not reach; the one that has failed for the longest time comes first. */
  readonly failing: readonly (RecipientHealth & { readonly failingSince: Instant })[];
}

/** @param known results of the last tries; they may be of recipients that are no longer in the settings */
export const channelHealth = (
  channels: Iterable<Pick<Channel, 'name' | 'audience' | 'recipients'>>,
  known: readonly RecipientHealth[],
): readonly ChannelHealth[] =>
  [...channels]
    .filter(({ audience }) => audience === 'people')
    .map(({ name, recipients }) => ({
      channel: name,
      recipients: recipients.length,
      failing: known
        .flatMap((of) => {
          const { failingSince } = of;
          const isMeant = of.channel === name && recipients.includes(of.recipient);
          return isMeant && failingSince !== undefined ? [{ ...of, failingSince }] : [];
        })
        .toSorted((a, b) => a.failingSince - b.failingSince),
    }));

/** One problem for each channel that does not reach all of its recipients. */
export const channelProblems = (health: readonly ChannelHealth[]): readonly SystemProblem[] =>
  health.flatMap(({ channel, recipients, failing }) => {
    const [longest] = failing;
    if (longest === undefined) return [];
    const since = formatInstant(longest.failingSince);
    // the alert is shown to every reader, and a mail server often repeats the address of the recipient
    const answer = maskContacts(longest.lastError ?? '');
    return [
      {
        rule: CHANNEL_RULE,
        station: SYSTEM,
        device: channel,
        value: failing.length,
        detail: {
          id:
            `${failing.length} dari ${recipients} penerima saluran "${channel}" tidak dapat dihubungi sejak ${since}; jawaban terakhir: ${answer}. ` +
            `Perbaiki, lalu coba "klawing alert test-channel ${channel}". Peringatan yang terlewat akan dikirim selama masih berlaku.`,
          en:
            `${failing.length} of ${recipients} recipients of channel "${channel}" have not been reached since ${since}; last answer: ${answer}. ` +
            `Correct it, then try "klawing alert test-channel ${channel}". Missed alerts will be sent while they stand.`,
        },
      },
    ];
  });
