import { z } from 'zod';
import {
  type Contradiction,
  hostSetting,
  portSetting,
  refuseAll,
  sizeSetting,
  timerSetting,
} from '#model/base/setting.ts';
import { LimitSettings } from './net/limit-settings.ts';
import { SessionSettings } from './sessions/settings.ts';

const TlsSettings = z.strictObject({
  cert: z.string({ error: 'TLS needs a certificate beside its key; set broker.tls.cert (KLAWING_TLS_CERT)' }).meta({
    description: 'Certificate of this server with its chain: path of a PEM file.',
    examples: ['/etc/klawing/tls/cert.pem'],
  }),
  key: z.string({ error: 'TLS needs the key of its certificate; set broker.tls.key (KLAWING_TLS_KEY)' }).meta({
    description: 'Private key of the certificate: path of a PEM file.',
    examples: ['/etc/klawing/tls/key.pem'],
  }),
  clientCa: z
    .string()
    .optional()
    .meta({
      description: 'Authority whose client certificates identify devices: path of a PEM file.',
      examples: ['/etc/klawing/tls/devices-ca.pem'],
    }),
  crl: z
    .string()
    .optional()
    .meta({
      description: 'Revocation list of that authority: path of a PEM file.',
      examples: ['/etc/klawing/tls/devices-crl.pem'],
    }),
});

/** Largest packet that MQTT can announce. */
const MQTT_MOST = 268_435_455;
const MQTT_MOST_ERROR = 'MQTT has no packets above 256 MiB; write 1MiB';

const OriginsSetting = z
  .union([z.string().transform((text) => text.split(',').map((part) => part.trim())), z.array(z.string())])
  .pipe(
    z.array(
      z
        .url({ protocol: /^https?$/, error: 'an origin such as https://peta.example.go.id' })
        .transform((text) => new URL(text).origin),
    ),
  );

const Members = z.strictObject({
  host: hostSetting
    .prefault('127.0.0.1')
    .describe('Address of all MQTT listeners. 0.0.0.0 stands for every IPv4 address of the machine.'),
  mqttPort: portSetting.prefault(1883).describe('Port of plain MQTT.'),
  wsPort: portSetting.prefault(8083).describe('Port of MQTT over WebSocket, path /mqtt.'),
  tlsPort: portSetting.prefault(8883).describe('Port of MQTT over TLS. It is open when a certificate is set.'),
  wssPort: portSetting
    .prefault(8084)
    .describe('Port of MQTT over WebSocket over TLS, path /mqtt. It is open when a certificate is set.'),
  tls: TlsSettings.optional().describe('Files of TLS. They are read again when they change.'),
  insecure: z
    .boolean()
    .prefault(false)
    .describe(
      'Permits plain listeners on an address that is not loopback. Secrets then cross the network unencrypted.',
    ),
  access: z
    .enum(['registered', 'open'])
    .prefault('registered')
    .describe(
      'registered: devices with their secrets. open: any client and any topic, on loopback only, for conformance suites.',
    ),
  webOrigins: OriginsSetting.optional().meta({
    description:
      'Origins of further pages that may connect by WebSocket, separated by commas. Pages of this host on our own ports always may.',
    examples: ['https://peta.example.go.id'],
  }),
  maxPacketBytes: sizeSetting
    .refine((bytes) => bytes <= MQTT_MOST, MQTT_MOST_ERROR)
    .prefault('1MiB')
    .describe('Largest MQTT packet.'),
  connectTimeout: timerSetting.prefault('10s').describe('Time limit for the CONNECT of a new socket.'),
  drainTimeout: timerSetting
    .prefault('20s')
    .describe('Time after which a subscriber that reads nothing is disconnected.'),
  maxConnections: z.int().positive().prefault(20_000).describe('Concurrent connections.'),
  sessions: SessionSettings.prefault({}).describe('Limits of persistent sessions (CONNECT without clean session).'),
  limits: LimitSettings.prefault({}).describe('Limits that protect the senders from each other.'),
});
const valueAt = (settings: object, key: string): unknown =>
  key.split('.').reduce<unknown>((below, name) => Reflect.get(Object(below), name), settings);

/** Pairs of which the first is not larger than the second. */
const ORDERED = [
  ['limits.connectBytes', 'maxPacketBytes'],
  ['limits.retainedMessageBytes', 'limits.retainedBytes'],
  ['sessions.bytes', 'sessions.allBytes'],
  ['sessions.perOwner', 'sessions.all'],
  ['limits.releasesPerClient', 'limits.releasesTotal'],
] as const;

const orderOf = (settings: object, less: string, most: string): Contradiction | undefined => {
  const [value, limit] = [valueAt(settings, less), valueAt(settings, most)];
  if (Number(value) <= Number(limit)) return undefined;
  return [less, `it is larger than broker.${most}, which is ${String(limit)}; lower it, or raise that`];
};

/** `broker:` in `klawing.yaml`; some members also come from the environment. `tls` holds PEM texts, or paths of PEM files. */
export const BrokerSettings = Members.superRefine(
  refuseAll((settings) => [
    ...ORDERED.map(([less, most]) => orderOf(settings, less, most)),
    settings.limits.keepaliveLeast.ms > settings.limits.keepaliveMost.ms
      ? ['limits.keepaliveLeast', 'the shortest keepalive is longer than broker.limits.keepaliveMost; lower it']
      : undefined,
    settings.tls?.crl !== undefined && settings.tls.clientCa === undefined
      ? [
          'tls.crl',
          'a revocation list needs the authority of the certificates; set broker.tls.clientCa (KLAWING_TLS_CLIENT_CA)',
        ]
      : undefined,
  ]),
);
export type BrokerSettings = z.infer<typeof BrokerSettings>;
