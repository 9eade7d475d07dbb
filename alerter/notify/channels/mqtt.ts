import { z } from 'zod';
import { defineChannel } from '#alerter/notify/channel.ts';
import { documentOf } from '#alerter/notify/notice.ts';
import { Fault } from '#model/base/fault.ts';

const MqttSettings = z.strictObject({ kind: z.literal('mqtt'), enabled: z.boolean().prefault(true) });

/**
 * `kind: mqtt`: the state of a rule at a station as a retained message under `v1/alerts/<station>/<rule>`, for sirens and
 * boards. A test is not retained, so that a siren that connects later does not receive it.
 */
export const mqtt = defineChannel({
  name: 'mqtt',
  summary: 'the retained state under `v1/alerts/<station>/<rule>`, pending, resolved and closed too',
  isDefault: true,
  isRemote: false,
  settings: MqttSettings,
  recipients: () => [],
  open: (name, _, { publish }) => ({
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
  }),
});
