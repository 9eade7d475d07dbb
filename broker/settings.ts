import { z } from 'zod';
import { bytesSetting, durationSetting, portSetting } from '#model/base/setting.ts';
import { LimitSettings } from './net/limit-settings.ts';
import { SessionSettings } from './sessions/settings.ts';

/** `broker:` in `klawing.yaml`; some members also come from the environment. */
export const BrokerSettings = z.strictObject({
  /** Address of all listeners. */
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
      /** Authority of the client certificates. */
      clientCa: z.string().optional(),
      /** Revocation list of that authority. */
      crl: z.string().optional(),
    })
    .optional(),
  /** Permits a plain listener on an address other than loopback. */
  insecure: z.boolean().prefault(false),
  /** `open`: any client, any topic; on loopback only, for conformance suites. */
  access: z.enum(['registered', 'open']).prefault('registered'),
  /** Largest MQTT packet, before and after CONNECT. */
  maxPacketBytes: bytesSetting.prefault('1MiB'),
  /** Time limit for the CONNECT of a new socket. */
  connectTimeout: durationSetting.prefault('10s'),
  /** Time after which a subscriber that reads nothing is disconnected. */
  drainTimeout: durationSetting.prefault('20s'),
  maxConnections: z.int().positive().prefault(20_000),
  sessions: SessionSettings.prefault({}),
  limits: LimitSettings.prefault({}),
});
export type BrokerSettings = z.infer<typeof BrokerSettings>;
