import { isIP } from 'node:net';
import { z } from 'zod';
import { PALETTE_NAMES } from '#model/readings/palette.ts';
import {
  durationSetting,
  hostSetting,
  httpUrlSetting,
  portSetting,
  refuseAll,
  sizeSetting,
  timerSetting,
} from '#model/base/setting.ts';
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
export const ApiSettings = z
  .strictObject({
    host: hostSetting.prefault('127.0.0.1').describe('Address of the API and the console.'),
    port: portSetting.prefault(8080).describe('Port of HTTP.'),
    tlsPort: portSetting
      .prefault(8443)
      .describe('Port of HTTPS, with the certificate of broker.tls. It is open when a certificate is set.'),
    maxBodyBytes: sizeSetting.prefault('1MiB').describe('Largest body of a request.'),
    requestTimeout: timerSetting.prefault('30s').describe('Time limit for a client to send its request.'),
    queryTimeout: timerSetting.prefault('30s').describe('Time limit for the store to answer a query.'),
    stallTimeout: timerSetting
      .prefault('60s')
      .describe('Time after which a client of a stream or an export that reads nothing is disconnected.'),
    drainTimeout: timerSetting.prefault('5s').describe('Time limit for current requests when the service stops.'),
    maxStreams: z.int().positive().prefault(100).describe('Concurrent clients of /v1/stream.'),
    streamQueue: z
      .int()
      .positive()
      .prefault(20_000)
      .describe('Events that wait for one client of /v1/stream. A client with more is disconnected.'),
    maxExports: z.int().positive().prefault(4).describe('Concurrent CSV exports.'),
    trustedProxies: networksSetting
      .prefault(['127.0.0.0/8', '::1'])
      .describe(
        'Addresses and networks of proxies whose X-Forwarded-For, X-Forwarded-Proto and X-Forwarded-Host are believed, separated by commas.',
      ),
    limits: ApiLimitSettings.prefault({}).describe('Limits that protect the clients from each other.'),
    silenceGrace: durationSetting
      .prefault('30s')
      .describe('Time that is added to three reporting intervals before a device counts as silent.'),
    language: z
      .enum(['id', 'en'])
      .optional()
      .meta({ description: 'Language of the console for a new visitor: id or en. Without it: id.', examples: ['id'] }),
    palette: z
      .enum(PALETTE_NAMES)
      .prefault('standard')
      .describe(
        'Colours of the levels of rivers: standard (waspada yellow, siaga orange, awas red) or television (waspada blue, siaga yellow, awas red).',
      ),
    tilesUrl: httpUrlSetting
      .refine((url) => ['{z}', '{x}', '{y}'].every((part) => url.includes(part)), 'has to hold {z}, {x} and {y}')
      .optional()
      .meta({
        description:
          'Raster tiles of the map. Without them the map shows its own lines only and loads nothing from outside.',
        examples: ['https://tiles.example.go.id/{z}/{x}/{y}.png'],
      }),
    tilesAttribution: z
      .string()
      .max(200)
      .optional()
      .meta({
        description: 'Attribution that the provider of the tiles requires.',
        examples: ['Badan Informasi Geospasial'],
      }),
  })
  .superRefine(
    refuseAll(({ maxBodyBytes, limits: { postBytes } }) => [
      postBytes < maxBodyBytes
        ? ['limits.postBytes', 'a body of api.maxBodyBytes does not fit into it; raise it, or lower api.maxBodyBytes']
        : undefined,
    ]),
  );
export type ApiSettings = z.infer<typeof ApiSettings>;
