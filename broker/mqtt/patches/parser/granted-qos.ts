/**
 * Patch: the QoS that a SUBACK grants.
 *
 * Upstream: the SUBACK repeats the QoS of the request, also where `authorizeSubscribe` returned a lower one.
 * Clause: [MQTT-3.9.3-1] and section 3.9.3, the return code is the maximum QoS that was granted.
 * Seen on: Aedes 1.2.0.
 */
import type { Subscription } from 'aedes';

/** Lowers the QoS in the request itself. */
export const capQos = (subscriptions: readonly Subscription[], maxQos: 1 | 2): void => {
  for (const subscription of subscriptions) if (subscription.qos > maxQos) subscription.qos = maxQos;
};
