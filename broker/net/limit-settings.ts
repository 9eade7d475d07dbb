import { z } from 'zod';
import { RateSettings } from '#model/limits/rates.ts';
import { bytesSetting, durationSetting, sizeSetting, timerSetting } from '#model/base/setting.ts';

/** `broker.limits:` in `klawing.yaml`. New sockets are counted before TLS. */
export const LimitSettings = z.strictObject({
  connectionsPerAddress: z
    .int()
    .positive()
    .prefault(5_000)
    .describe('Concurrent connections of one address (IPv6: of one /64).'),
  newPerSecondPerAddress: z.number().positive().prefault(100).describe('New sockets per second of one address.'),
  newPerSecond: z.number().positive().prefault(1_000).describe('New sockets per second in total.'),
  newBurst: durationSetting
    .prefault('10s')
    .describe('Burst of new sockets: the unused share of the two rates is saved for this time.'),
  exemptLoopback: z
    .boolean()
    .prefault(true)
    .describe('Does not count connections of loopback by address, because a proxy may use it for all clients.'),
  clientIdBytes: z.int().positive().prefault(512).describe('Longest client id, in bytes.'),
  topicBytes: z.int().positive().prefault(1_024).describe('Longest topic and filter, in bytes.'),
  topicLevels: z.int().positive().prefault(10).describe('Levels of a topic.'),
  connectBytes: sizeSetting
    .prefault('64KiB')
    .describe('Largest CONNECT, with its will, user name and secret. It comes from an unknown client.'),
  connectionsPerIdentity: z
    .int()
    .positive()
    .prefault(16)
    .describe(
      'Concurrent connections of one device, of one gateway, or of the operator. A further one evicts the connection that was silent longest.',
    ),
  packetTimeout: timerSetting.prefault('2m').describe('Time limit from the first to the last byte of a packet.'),
  filtersPerConnection: z.int().positive().prefault(64).describe('Subscriptions of one connection.'),
  releasesPerClient: z
    .int()
    .positive()
    .prefault(500)
    .describe('Packets of QoS 2 of one client that may wait for their PUBREL.'),
  releasesTotal: z
    .int()
    .positive()
    .prefault(100_000)
    .describe('Packets of QoS 2 of all clients that may wait for their PUBREL, absent clients included.'),
  keepaliveLeast: durationSetting
    .prefault('5s')
    .describe('Keepalive of a client that asks for a shorter one; not applied with access "open".'),
  keepaliveMost: durationSetting
    .prefault('12h')
    .describe('Keepalive of a client that asks for a longer one or for none.'),
  ...RateSettings.shape,
  inFlightBytes: sizeSetting
    .prefault('48MiB')
    .describe(
      'Memory of packets that wait for the disk, and of unfinished packets up to a third of it. Above it, reading stops until some are synced.',
    ),
  retainedMessageBytes: bytesSetting
    .prefault('4KiB')
    .describe('Largest retained message. A larger one is delivered and not retained.'),
  retainedMessages: z.int().positive().prefault(100_000).describe('Retained messages in total.'),
  retainedBytes: bytesSetting.prefault('64MiB').describe('Bytes of all retained messages with their topics.'),
});
export type LimitSettings = z.infer<typeof LimitSettings>;
