import { z } from 'zod';
import type { Channel, ChannelDeps } from '#alerter/notify/channel.ts';
import { documentOf } from '#alerter/notify/document.ts';
import { Fault } from '#model/base/fault.ts';

/** `kind: mqtt`: the retained state under `v1/alerts/<station>/<rule>`, for sirens and boards. */
export const MqttSettings = z.strictObject({ kind: z.literal('mqtt'), enabled: z.boolean().prefault(true) });

/** Shows the state of a rule at a station as a retained message. A test is not retained: no siren is to keep it. */
export const openMqtt = (name: string, { publish }: ChannelDeps): Channel => ({
  name,
  audience: 'state',
  recipients: [],
  knows: () => true,
  render: documentOf,
  send: async ({ recipient, body, isTest }, signal) => {
    try {
      await publish(recipient, Buffer.from(body), !isTest, signal);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      throw new Fault(error.retry ? 'CHANNEL_UNREACHABLE' : 'CHANNEL_REFUSED', `${name}: ${error.detail}`, {
        retry: error.retry,
        cause: error,
      });
    }
  },
});
