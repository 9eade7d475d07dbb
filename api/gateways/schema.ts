import { z } from 'zod';
import { Gateway } from '#model/registry/gateway.ts';
import { PRESENCE_STATES } from '#storage/operations/alerting.ts';
import { documentOf, Time } from '#model/base/document.ts';
import { DeviceId } from '#model/registry/names.ts';
import { ChosenSecret } from '#registry/schema.ts';

const DEVICES = 10_000;

const LISTED_EXAMPLE = {
  id: 'chirpstack-1',
  kind: 'chirpstack',
  devices: ['pbg-r03'],
  revoked: false,
  presence: 'online',
  last_seen: '2026-11-24T03:00:00.000Z',
};

const Devices = z.array(DeviceId).max(DEVICES);
const GatewayDocument = documentOf(Gateway);
const Kind = GatewayDocument.shape.kind;

export const GatewayBody = z
  .strictObject({ id: DeviceId, kind: Kind, devices: Devices.prefault([]), secret: ChosenSecret.optional() })
  .meta({ examples: [{ id: 'chirpstack-1', kind: 'chirpstack', devices: ['pbg-r03'] }] });

export const AssignBody = z.strictObject({ devices: Devices }).meta({ examples: [{ devices: ['pbg-r03'] }] });

export const GatewaySecret = z
  .object({ gateway: DeviceId, secret: z.string() })
  .meta({ examples: [{ gateway: 'chirpstack-1', secret: 'hX2c9TqJw0aVb7RzK1mN4sEoP8u' }] });

export const GatewayList = z
  .object({
    gateways: z.array(
      GatewayDocument.omit({ registered_at: true }).extend({
        devices: z.array(DeviceId),
        presence: z.enum(PRESENCE_STATES).meta({ description: 'State of its MQTT connection.' }),
        last_seen: Time.nullable().meta({
          description: 'Time of the last message from it or from a device behind it.',
        }),
      }),
    ),
  })
  .meta({ examples: [{ gateways: [LISTED_EXAMPLE] }] });

export const GatewayRevoked = z
  .object({ gateway: DeviceId, connections: z.int() })
  .meta({ examples: [{ gateway: 'chirpstack-1', connections: 1 }] });
