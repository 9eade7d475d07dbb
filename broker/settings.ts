import { z } from 'zod';
import { bytesSetting, durationSetting, portSetting } from '#model/base/setting.ts';
import { LimitSettings } from './net/limit-settings.ts';
import { SessionSettings } from './sessions/settings.ts';

/** `broker:` in `klawing.yaml`, and what the environment sets of it. */
export const BrokerSettings = z.strictObject({
  /** Address that every listener binds. */
  host: z.string().prefault('127.0.0.1'),
  mqttPort: portSetting.prefault(1883),
  /** MQTT over WebSocket, path `/mqtt`. */
  wsPort: portSetting.prefault(8083),
  /** MQTT over TLS; listens only where `tls` is set. */
  tlsPort: portSetting.prefault(8883),
  /** MQTT over WebSocket over TLS, path `/mqtt`; listens only where `tls` is set. */
  wssPort: portSetting.prefault(8084),
  /** PEM texts, or paths of PEM files. */
  tls: z
    .strictObject({
      cert: z.string(),
      key: z.string(),
      /** Authority whose certificates identify clients. */
      clientCa: z.string().optional(),
      /** Certificates that it has taken back. */
      crl: z.string().optional(),
    })
    .optional(),
  /** Allows a plain listener on an address that is not loopback. */
  insecure: z.boolean().prefault(false),
  /** `open`: any client, any topic; on loopback only, for conformance suites. */
  access: z.enum(['registered', 'open']).prefault('registered'),
  /** Largest MQTT packet, before and after CONNECT. */
  maxPacketBytes: bytesSetting.prefault('1MiB'),
  /** How long a new socket may take to send its CONNECT. */
  connectTimeout: durationSetting.prefault('10s'),
  /** How long a subscriber that reads nothing may hold back delivery before it is cut. */
  drainTimeout: durationSetting.prefault('20s'),
  maxConnections: z.int().positive().prefault(20_000),
  sessions: SessionSettings.prefault({}),
  limits: LimitSettings.prefault({}),
});
export type BrokerSettings = z.infer<typeof BrokerSettings>;
