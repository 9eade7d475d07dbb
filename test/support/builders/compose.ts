import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';

/** A service with what every one of ours must have. */
const Service = z.object({
  image: z.string(),
  user: z.string().optional(),
  build: z.string().optional(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
  ports: z.array(z.string()).prefault([]),
  volumes: z.array(z.string()).prefault([]),
  networks: z.array(z.string()),
  tmpfs: z.array(z.string()),
  healthcheck: z.object({ test: z.array(z.string()).optional(), disable: z.boolean().optional() }).optional(),
  stop_grace_period: z.string().optional(),
  restart: z.literal('unless-stopped'),
  read_only: z.literal(true),
  cap_drop: z.tuple([z.literal('ALL')]),
  security_opt: z.tuple([z.literal('no-new-privileges:true')]),
  logging: z.object({ options: z.object({ 'max-size': z.string(), 'max-file': z.string() }) }),
  mem_limit: z.string(),
  pids_limit: z.number(),
});
export type Service = z.infer<typeof Service>;

/** docker-compose.yml as it is written. */
export const composeText = readFileSync('docker-compose.yml', 'utf8');
const compose = z
  .object({ services: z.record(z.string(), Service), volumes: z.record(z.string(), z.null()) })
  .parse(parse(composeText, { merge: true }));
export const { services, volumes } = compose;

export const serviceNamed = (name: string): Service => {
  const found = services[name];
  if (found === undefined) throw new Error(`docker-compose.yml has no service ${name}`);
  return found;
};

/** Text of docker-compose.yml with `${NAME}`, `${NAME:-default}` and `${NAME:?error}` replaced. */
export const interpolated = (given: string, env: Readonly<Record<string, string>>): string =>
  given.replaceAll(/\$\{(\w+)(?::[-?]([^}]*))?\}/g, (_, name: string, otherwise = '') => env[name] ?? otherwise);

/** The environment of a service's container for an `.env` with these values. */
export const environmentOf = (
  { environment = {} }: Service,
  env: Readonly<Record<string, string>>,
): Record<string, string> =>
  Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, interpolated(String(value), env)]));
