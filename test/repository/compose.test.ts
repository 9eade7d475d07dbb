import { existsSync, readFileSync, statSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { VARIABLES } from '#cli/environment.ts';
import { VERBS } from '#cli/verbs/index.ts';
import { Settings, readSettings } from '#cli/settings.ts';
import { GRACE } from '#cli/supervise.ts';
import { parseDuration } from '#model/base/duration.ts';
import {
  composeText,
  environmentOf,
  interpolated,
  serviceNamed,
  services,
  volumes,
} from '#test/support/builders/compose.ts';
import { provisionedSource } from '#test/support/clients/grafana.ts';

const klawing = serviceNamed('klawing');
const dockerfile = readFileSync('Dockerfile', 'utf8');
const example = readFileSync('.env.example', 'utf8');
const defaults = Settings.parse({});

const exampleNames = [...example.matchAll(/^#?([A-Z_]+)=/gm)].map(([, name]) => name ?? '');
const needed = [...example.matchAll(/^([A-Z_]+)=$/gm)].map(([, name]) => name ?? '');
const filledIn = Object.fromEntries(needed.map((name) => [name, 'a-secret-of-24-characters']));

/** The commands that make accounts at the first start of InfluxDB. */
const accounts = (): readonly string[] => {
  const path = 'docker/influxdb/accounts.sh';
  expect(statSync(path).mode & 0o111).toBe(0o111);
  return readFileSync(path, 'utf8').split('influx v1 auth create').slice(1);
};

const nameIn = (command: string): string | undefined => /--username (\w+)/.exec(command)?.[1];

/** The password that InfluxDB is given for an account. */
const passwordIn = (command: string, env: Readonly<Record<string, string>>): string | undefined =>
  environmentOf(serviceNamed('influxdb'), env)[/--password "\$(\w+)"/.exec(command)?.[1] ?? ''];

describe.for(Object.entries(services))('the service %s', ([, service]) => {
  test('is pinned to a version', () => {
    expect(service.image).toMatch(/^[a-z/]+:v?\d+\.\d+\.\d+$/);
  });

  test('says how its health is asked for, or that it is not', () => {
    const isOfImage = service.build !== undefined && service.healthcheck === undefined;
    expect(isOfImage || service.healthcheck?.test !== undefined || service.healthcheck?.disable === true).toBe(true);
  });

  test('mounts only what exists, and writes only into volumes', () => {
    for (const mount of service.volumes) {
      const [source = '', , mode] = mount.split(':');
      if (!source.startsWith('.')) expect(volumes).toHaveProperty([source]);
      else expect(mode, mount).toBe('ro');
      if (source.startsWith('.') && source !== './tls') expect(existsSync(source), mount).toBe(true);
    }
  });
});

describe.for(['klawing', 'sim'])('the environment of %s', (name) => {
  const env = environmentOf(serviceNamed(name), filledIn);

  test('has no variable that Klawing does not read', () => {
    const known = VARIABLES.flatMap((of) => (of.isSecret === true ? [of.name, `${of.name}_FILE`] : [of.name]));
    for (const variable of Object.keys(env)) expect(known).toContain(variable);
  });

  test('gives settings that are valid as soon as the needed ones are filled in', () => {
    expect(() => readSettings('config/klawing.yaml', env)).not.toThrow();
  });
});

describe('klawing', () => {
  const settings = readSettings('config/klawing.yaml', environmentOf(klawing, filledIn));

  test('stores in the bucket that InfluxDB is set up with', () => {
    const { environment: influx } = serviceNamed('influxdb');
    expect(settings.store).toMatchObject({
      kind: 'influx',
      url: 'http://influxdb:8086',
      bucket: influx?.['DOCKER_INFLUXDB_INIT_BUCKET'],
    });
  });

  test('signs in by an account for this bucket alone, which the first start of InfluxDB makes', () => {
    const given = { KLAWING_INFLUX_PASSWORD: 'p:w/24 characters' };
    const [first = ''] = accounts();
    expect(nameIn(first)).toBe('klawing');
    expect(first).toContain('--read-bucket "$DOCKER_INFLUXDB_INIT_BUCKET_ID"');
    expect(first).toContain('--write-bucket "$DOCKER_INFLUXDB_INIT_BUCKET_ID"');
    expect(environmentOf(klawing, given)).toMatchObject({
      KLAWING_INFLUX_USER: 'klawing',
      KLAWING_INFLUX_PASSWORD: passwordIn(first, given),
      KLAWING_INFLUX_WRITE_PATH: '/write',
    });
    expect(passwordIn(first, given)).toBe('p:w/24 characters');
    expect(klawing.environment, 'no token for all of InfluxDB').not.toHaveProperty('KLAWING_INFLUX_TOKEN');
  });

  test('listens, inside and outside, on the ports that are its defaults', () => {
    const { mqttPort, wsPort, tlsPort, wssPort } = defaults.broker;
    const published = klawing.ports.map((port) => interpolated(port, {}));
    const plain = [mqttPort, wsPort, defaults.api.port, defaults.api.tlsPort].map(
      (port) => `127.0.0.1:${port}:${port}`,
    );
    const encrypted = [tlsPort, wssPort].map((port) => `0.0.0.0:${port}:${port}`);
    expect(new Set(published)).toEqual(new Set([...plain, ...encrypted]));
    expect(settings.broker).toMatchObject({ mqttPort, wsPort, tlsPort, wssPort });
    expect(settings.api).toMatchObject({ port: defaults.api.port, tlsPort: defaults.api.tlsPort });
    const exposed = /^EXPOSE (.+)$/m.exec(dockerfile)?.[1]?.split(' ').map(Number);
    expect(new Set(exposed)).toEqual(
      new Set([mqttPort, wsPort, tlsPort, wssPort, defaults.api.port, defaults.api.tlsPort]),
    );
  });

  test('keeps its data in a volume', () => {
    const data = /KLAWING_DATA=(\S+)/.exec(dockerfile)?.[1];
    expect(klawing.volumes).toContain(`data:${data}`);
    expect(serviceNamed('sim').volumes).toContain(`data:${data}`);
    expect(dockerfile).toContain(`install -d -m 0700 -o node -g node ${data}`);
  });

  test('has its certificate where the example says', () => {
    const folder = klawing.volumes.find((mount) => mount.startsWith('./tls:'))?.split(':')[1];
    for (const name of ['KLAWING_TLS_CERT', 'KLAWING_TLS_KEY']) expect(example).toContain(`#${name}=${folder}/`);
  });

  test('has the time to drain both of its processes', () => {
    expect(parseDuration(klawing.stop_grace_period ?? '')?.ms).toBeGreaterThan(2 * GRACE.ms);
  });

  test('runs verbs that exist', () => {
    for (const { command } of [klawing, serviceNamed('sim')]) {
      expect(VERBS.map(({ name }) => name)).toContain(command?.[0]);
    }
  });
});

describe('the example of .env', () => {
  test('names what docker-compose.yml asks for, and no more', () => {
    const asked = new Set([...composeText.matchAll(/\$\{(\w+)/g)].map(([, name]) => name));
    expect(new Set(exampleNames)).toEqual(asked);
  });

  test('leaves open exactly what has no default', () => {
    const required = new Set([...composeText.matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name));
    expect(new Set(needed)).toEqual(required);
  });

  test('shows the defaults of the rest', () => {
    for (const [, name = '', otherwise = ''] of composeText.matchAll(/\$\{(\w+):-([^}]+)\}/g)) {
      expect(example).toContain(`#${name}=${otherwise}\n`);
    }
  });
});

describe('Grafana', () => {
  const grafana = serviceNamed('grafana');
  const provisioning = 'dashboards/grafana/provisioning';
  const source = readFileSync(`${provisioning}/datasources/klawing.yaml`, 'utf8');

  test('is given every variable that its provisioning reads', () => {
    for (const [, name = ''] of source.matchAll(/\$([A-Z_]+)/g)) expect(grafana.environment).toHaveProperty([name]);
  });

  test('asks the InfluxDB that runs beside it', () => {
    expect(source).toMatch(/^ +url: http:\/\/influxdb:8086$/m);
    expect(grafana.networks).toContain('store');
    expect(serviceNamed('influxdb').networks).toEqual(['store']);
  });

  test('finds the boards where its provisioning looks for them', () => {
    const mount = grafana.volumes.find((one) => one.startsWith('./dashboards/grafana/generated:')) ?? '';
    const [from = '', to = ''] = mount.split(':');
    const paths = readFileSync(`${provisioning}/dashboards/klawing.yaml`, 'utf8').matchAll(/path: (\S+)/g);
    const folders = [...paths].map(([, path = '']) => path);
    expect(folders.length).toBeGreaterThan(0);
    for (const path of folders) expect(existsSync(path.replace(to, from)), path).toBe(true);
  });

  test('reads by an account that the first start of InfluxDB makes, with the same password', () => {
    const [, second = '', ...others] = accounts();
    expect(others).toEqual([]);
    expect(second).not.toContain('--write-bucket');
    const env = { GRAFANA_INFLUX_PASSWORD: 'p:w/24 characters' };
    expect(passwordIn(second, env)).toBe('p:w/24 characters');
    expect(provisionedSource(environmentOf(grafana, env))).toMatchObject({
      basicAuthUser: nameIn(second),
      secureJsonData: { basicAuthPassword: passwordIn(second, env) },
    });
  });
});

describe.for(['docs/operating.md', 'docs/id/operasional.md'])('%s', (page) => {
  const prose = readFileSync(page, 'utf8');

  test('names only services, verbs and variables that exist', () => {
    const named = /docker compose (?:exec|restart|stop|start|logs(?: --tail \d+)?)(?: -T)? ([a-z]+)/g;
    for (const [words, service = ''] of prose.matchAll(named)) expect(services, words).toHaveProperty([service]);
    for (const [words, verb] of prose.matchAll(/\bklawing klawing ([a-z]+)/g)) {
      expect(
        VERBS.map(({ name }) => name),
        words,
      ).toContain(verb);
    }
    for (const [name] of prose.matchAll(/\b(?:MQTTS_ADDRESS|PLAIN_ADDRESS|GRAFANA_[A-Z_]+)\b/g)) {
      expect(exampleNames).toContain(name);
    }
  });

  test('goes into the folder that is the volume', () => {
    const data = klawing.volumes.find((mount) => mount.startsWith('data:'))?.split(':')[1];
    expect(prose).toContain(`klawing -C ${data} -cf`);
  });
});
