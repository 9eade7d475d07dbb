import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { WAIT } from '#test/support/limits.ts';

/** The provisioned data source. Strict: another way to sign in, such as a header, is noticed. */
const Source = z.strictObject({
  name: z.string(),
  uid: z.string(),
  type: z.literal('influxdb'),
  access: z.literal('proxy'),
  url: z.url(),
  basicAuth: z.literal(true),
  basicAuthUser: z.string(),
  isDefault: z.boolean(),
  editable: z.literal(false),
  jsonData: z.strictObject({ dbName: z.string(), httpMode: z.enum(['GET', 'POST']), timeInterval: z.string() }),
  secureJsonData: z.strictObject({ basicAuthPassword: z.string() }),
});
export type Source = z.infer<typeof Source>;

const file = 'dashboards/grafana/provisioning/datasources/klawing.yaml';

/** Replaces `$NAME` in every text, as Grafana does when it reads a provisioning file. */
const withVariables = (env: Readonly<Record<string, string>>) => (_key: unknown, value: unknown) =>
  typeof value === 'string' ? value.replaceAll(/\$(\w+)/g, (_, name: string) => env[name] ?? '') : value;

/** The provisioning file as Grafana reads it in a container with this environment. */
export const provisionedSource = (env: Readonly<Record<string, string>>): Source =>
  z.object({ datasources: z.tuple([Source]) }).parse(parse(readFileSync(file, 'utf8'), withVariables(env)))
    .datasources[0];

/** Differences of a request to InfluxDB from the request of the data source. */
interface Otherwise {
  readonly httpMode?: Source['jsonData']['httpMode'];
  readonly authorization?: string | undefined;
}

const basic = ({ basicAuthUser, secureJsonData }: Source): string =>
  `Basic ${Buffer.from(`${basicAuthUser}:${secureJsonData.basicAuthPassword}`).toString('base64')}`;

/**
 * Asks as the InfluxQL data source of Grafana does (`createRequest` of its plugin): `db` and `epoch` in the address, the
 * query there for GET and in a form for POST.
 */
export const askAsGrafana = (
  source: Source,
  query: string,
  { httpMode = source.jsonData.httpMode, ...otherwise }: Otherwise = {},
): Promise<Response> => {
  const authorization = 'authorization' in otherwise ? otherwise.authorization : basic(source);
  const isPost = httpMode === 'POST';
  const parameters = { db: source.jsonData.dbName, epoch: 'ms', ...(isPost ? {} : { q: query }) };
  return fetch(`${source.url}/query?${new URLSearchParams(parameters)}`, {
    method: httpMode,
    ...(isPost ? { body: new URLSearchParams({ q: query }) } : {}),
    headers: authorization === undefined ? {} : { authorization },
    signal: AbortSignal.timeout(WAIT.ms),
  });
};
