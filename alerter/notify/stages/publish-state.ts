import type { Alert, AlertChange, Evaluated } from '#model/alerts/alert.ts';
import { buildTopic } from '#model/readings/topic.ts';
import type { NotifyContext } from '#alerter/notify/context.ts';
import type { Addressed } from './route.ts';

const topicOf = ({ station, rule }: Alert): string => buildTopic({ kind: 'alert', station, rule });

/** Several devices may measure at one station: a firing alert is shown before others. */
const highest = (alerts: readonly Alert[]): Alert | undefined =>
  alerts.find(({ state }) => state === 'firing') ?? alerts.at(0);

/**
 * The state of each topic that changed, for the channels that show states. After a start of the broker, which has lost
 * them, the states of all standing alerts are published again.
 */
export const publishState = ({ changes }: Evaluated, context: NotifyContext): readonly Addressed[] => {
  const { channels, standing, isBrokerNew, now, sequence } = context;
  const states = channels.filter(({ audience }) => audience === 'state');
  if (states.length === 0) return [];
  const again = isBrokerNew ? standing.map((alert): AlertChange => ({ alert, receivedAt: now, sequence })) : [];
  const newest = new Map([...again, ...changes].map((change) => [topicOf(change.alert), change]));
  return [...newest].flatMap(([topic, change]) => {
    const alert = highest(standing.filter((each) => topicOf(each) === topic)) ?? change.alert;
    return states.map((channel) => ({ change: { ...change, alert }, channel, recipient: topic }));
  });
};
