import { z } from 'zod';
import { Time } from '#model/base/document.ts';
import { durationParameter } from '#model/parameters.ts';
import { DeviceId } from '#model/registry/names.ts';
import { bodyExample } from '#registry/schema.ts';

export const ClaimBody = z
  .strictObject({ code: z.string().min(1).max(64) })
  .meta({ examples: [{ code: '7K2QF-0DX9M-A4TSB' }] });

const Port = z.int().optional();

/** Answer to a claim. */
export const Claimed = z
  .object({
    device: DeviceId,
    secret: z.string(),
    mqtt: z.object({ host: z.string(), port: Port, tls_port: Port, ws_port: Port, wss_port: Port }),
  })
  .meta({
    examples: [
      {
        device: 'aq-bukateja-1',
        secret: 'hX2c9TqJw0aVb7RzK1mN4sEoP8u',
        mqtt: { host: 'klawing.example.go.id', tls_port: 8883, wss_port: 8084 },
      },
    ],
  });

export const ClaimCodeBody = z
  .strictObject({ valid: durationParameter('Validity of the code.', '90d').prefault('90d') })
  .nullish()
  .meta(bodyExample({ valid: '90d' }));

export const ClaimCode = z.object({ device: DeviceId, code: z.string(), valid_until: Time }).meta({
  examples: [{ device: 'aq-bukateja-1', code: '7K2QF-0DX9M-A4TSB', valid_until: '2027-02-22T03:00:00.000Z' }],
});
