import { isIP } from 'node:net';
import { z } from 'zod';
import { bytesSetting, durationSetting, portSetting } from '#model/base/setting.ts';
import { ApiLimitSettings } from './limits/settings.ts';

const BITS: Readonly<Record<number, number>> = { 4: 32, 6: 128 };

/** An address, or a network as `10.0.0.0/8`. */
const isNetwork = (text: string): boolean => {
  const [address = '', prefix, ...more] = text.split('/');
  const bits = BITS[isIP(address)];
  if (bits === undefined || more.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits);
};

const networksSetting = z
  .union([z.string().transform((text) => text.split(',').map((part) => part.trim())), z.array(z.string())])
  .pipe(
    z.array(
      z.string().refine(isNetwork, { error: 'has to be an address or a network, such as 10.1.2.3 or 10.0.0.0/8' }),
    ),
  );

/** `api:` in `klawing.yaml`. */
export const ApiSettings = z.strictObject({
  /** Address that the API and the console listen on. */
  host: z.string().prefault('127.0.0.1'),
  port: portSetting.prefault(8080),
  /** Largest body of a request; the same as an MQTT packet. */
  maxBodyBytes: bytesSetting.prefault('1MiB'),
  /** Time for a client to send its request. */
  requestTimeout: durationSetting.prefault('30s'),
  /** Time for the store to answer a query. */
  queryTimeout: durationSetting.prefault('30s'),
  /** Time that a client of a stream or an export may read nothing before it is disconnected. */
  stallTimeout: durationSetting.prefault('60s'),
  /** Time for current requests to end when the service stops. */
  drainTimeout: durationSetting.prefault('5s'),
  /** Clients of `/v1/stream` at one time. */
  maxStreams: z.int().positive().prefault(100),
  /** Events that wait for one client of `/v1/stream`; a client with more is disconnected. */
  streamQueue: z.int().positive().prefault(20_000),
  /** CSV exports at one time. */
  maxExports: z.int().positive().prefault(4),
  /** Added to three reporting intervals before a device counts as silent. */
  silenceGrace: durationSetting.prefault('30s'),
  /** Proxies whose `X-Forwarded-For`, `X-Forwarded-Proto` and `X-Forwarded-Host` are believed. */
  trustedProxies: networksSetting.prefault(['127.0.0.0/8', '::1']),
  limits: ApiLimitSettings.prefault({}),
  /** Language of the console for a visitor who has chosen none: Indonesian unless this says `en`. */
  language: z.enum(['id', 'en']).optional(),
  /** Raster tiles of the console's map. Without them the map shows its own lines only and loads nothing. */
  tilesUrl: z
    .url({ protocol: /^https?$/ })
    .refine((url) => ['{z}', '{x}', '{y}'].every((part) => url.includes(part)), 'has to hold {z}, {x} and {y}')
    .optional(),
  /** Attribution that the maker of the tiles requires. */
  tilesAttribution: z.string().max(200).optional(),
});
export type ApiSettings = z.infer<typeof ApiSettings>;
