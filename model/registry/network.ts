import { z } from 'zod';
import { BYTES_TEMPLATE } from '#model/commands/bytes-template.ts';
import { ORDER_NAME } from '#model/commands/command.ts';

/** `<application>[@<tenant>]` of The Things Stack, or the application id of ChirpStack, a UUID: as they stand in topics. */
const APPLICATION = /^[A-Za-z0-9][A-Za-z0-9-]{0,63}(?:@[a-z0-9][a-z0-9-]{0,63})?$/;

/** Commands of one device whose bytes are registered. */
const COMMANDS = 64;

/** Settings for a device behind a network server. For an absent member the behaviour of the network server applies. */
export const Network = z.strictObject({
  /** In topics of downlinks; without it nothing goes down to the device. */
  application: z
    .string()
    .regex(APPLICATION, 'the id of the application, with "@" and the tenant if there is one')
    .exactOptional(),
  /** FPort of downlinks: an application has 1 to 223 (LoRaWAN 1.0.4, section 4.3.2). */
  port: z.int().min(1).max(223).exactOptional(),
  /** False: nobody acknowledges a downlink. True when absent. */
  confirmed: z.boolean().exactOptional(),
  /** Command → its bytes (`model/commands/bytes-template.ts`). Absent: a JSON object goes down, for the encoder of the network server. */
  bytes: z
    .record(
      z.string().regex(ORDER_NAME),
      z.string().regex(BYTES_TEMPLATE, 'hexadecimal bytes, and arguments such as {interval:u16le}'),
    )
    .refine((commands) => Object.keys(commands).length <= COMMANDS, `at most ${COMMANDS} commands`)
    .exactOptional(),
  /** True: the raw payload is read, by the codec of the device, also where the network server has decoded it. */
  raw: z.boolean().exactOptional(),
});
export type Network = z.infer<typeof Network>;
