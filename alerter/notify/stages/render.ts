import type { OutgoingMessage } from '#model/alerts/alert.ts';
import type { NotifyContext } from '#alerter/notify/context.ts';
import { noticeOf } from '#alerter/notify/make-notice.ts';
import type { Addressed } from './route.ts';

/** Makes the messages. Their text is fixed from here on for all tries, except for late ones. */
export const render = (addressed: readonly Addressed[], context: NotifyContext): readonly OutgoingMessage[] =>
  addressed.map(({ change, channel, recipient }) => {
    const { alert, receivedAt } = change;
    const key = `${context.journal}-${context.sequence}-${alert.id}-${alert.state}`;
    const notice = noticeOf(key, { ...alert, acknowledged: undefined }, context);
    return {
      key,
      alert: alert.id,
      state: alert.state,
      channel: channel.name,
      recipient,
      body: channel.render(notice, recipient),
      receivedAt,
      createdAt: context.now,
      isReplacing: channel.audience === 'state',
    };
  });
