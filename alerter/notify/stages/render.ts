import type { OutgoingMessage } from '#model/alerts/alert.ts';
import type { NotifyContext } from '#alerter/notify/facts.ts';
import { noticeOf } from '#alerter/notify/make-notice.ts';
import type { Addressed } from './route.ts';

/** Makes the messages: what is in them is fixed from here on, however often they are sent, unless they come late. */
export const render = (addressed: readonly Addressed[], facts: NotifyContext): readonly OutgoingMessage[] =>
  addressed.map(({ change, channel, recipient }) => {
    const { alert, receivedAt } = change;
    const key = `${facts.journal}-${facts.sequence}-${alert.id}-${alert.state}`;
    const notice = noticeOf(key, { ...alert, acknowledged: undefined }, facts);
    return {
      key,
      alert: alert.id,
      state: alert.state,
      channel: channel.name,
      recipient,
      body: channel.render(notice, recipient),
      receivedAt,
      createdAt: facts.now,
      isReplacing: channel.audience === 'state',
    };
  });
