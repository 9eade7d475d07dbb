import type { Alert, AlertChange, Evaluated } from '#model/alerts/alert.ts';
import { buildTopic } from '#model/readings/topic.ts';
import type { NotifyContext } from '#alerter/notify/facts.ts';
import type { Addressed } from './route.ts';

const topicOf = ({ station, rule }: Alert): string => buildTopic({ kind: 'alert', station, rule });

/** Several devices may watch one station; what stands highest speaks for it. */
const highest = (alerts: readonly Alert[]): Alert | undefined =>
  alerts.find(({ state }) => state === 'firing') ?? alerts.at(0);

/**
 * The state of every topic that changed, to the channels that show states. After a start of the broker, which keeps
 * none of them, all that stand are shown again.
 */
export const publishState = ({ changes }: Evaluated, facts: NotifyContext): readonly Addressed[] => {
  const { channels, standing, isBrokerNew, now, sequence } = facts;
  const states = channels.filter(({ audience }) => audience === 'state');
  if (states.length === 0) return [];
  const again = isBrokerNew ? standing.map((alert): AlertChange => ({ alert, receivedAt: now, sequence })) : [];
  const newest = new Map([...again, ...changes].map((change) => [topicOf(change.alert), change]));
  return [...newest].flatMap(([topic, change]) => {
    const alert = highest(standing.filter((each) => topicOf(each) === topic)) ?? change.alert;
    return states.map((channel) => ({ change: { ...change, alert }, channel, recipient: topic }));
  });
};
