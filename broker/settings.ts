import { z } from 'zod';
import { bytesSetting, durationSetting, portSetting } from '#model/base/setting.ts';
import { LimitSettings } from './net/limit-settings.ts';
import { SessionSettings } from './sessions/settings.ts';

const TlsSettings = z.strictObject({
  cert: z.string().meta({
    description: 'Certificate of this server with its chain: path of a PEM file.',
    examples: ['/etc/klawing/tls/cert.pem'],
  }),
  key: z.string().meta({
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

/** `broker:` in `klawing.yaml`; some members also come from the environment. `tls` holds PEM texts, or paths of PEM files. */
export const BrokerSettings = z.strictObject({
  host: z
    .string()
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
  maxPacketBytes: bytesSetting.prefault('1MiB').describe('Largest MQTT packet.'),
  connectTimeout: durationSetting.prefault('10s').describe('Time limit for the CONNECT of a new socket.'),
  drainTimeout: durationSetting
    .prefault('20s')
    .describe('Time after which a subscriber that reads nothing is disconnected.'),
  maxConnections: z.int().positive().prefault(20_000).describe('Concurrent connections.'),
  sessions: SessionSettings.prefault({}).describe('Limits of persistent sessions (CONNECT without clean session).'),
  limits: LimitSettings.prefault({}).describe('Limits that protect the senders from each other.'),
});
export type BrokerSettings = z.infer<typeof BrokerSettings>;
