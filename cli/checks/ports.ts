import { createServer } from 'node:net';
import { type DoctorCheck, failed, type CheckFinding, ok } from './check.ts';

/** Error code of the system for a port that cannot be bound; undefined for a free port. */
const occupied = (host: string, port: number): Promise<string | undefined> => {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const server = createServer();
  server.once('error', (error) => resolve('code' in error ? String(error.code) : error.message));
  server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  return promise;
};

interface Port {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** True when the service that should hold the port answers. */
  readonly isOurs: boolean;
}

const checkPort = async ({ name, host, port, isOurs }: Port): Promise<CheckFinding> => {
  const why = await occupied(host, port);
  const check = `port ${port} (${name})`;
  if (why === undefined) {
    return isOurs
      ? failed(check, 'nothing listens, although the service runs', 'restart Klawing, and see its log')
      : ok(check, 'free');
  }
  if (why !== 'EADDRINUSE') return failed(check, `cannot be bound: ${why}`, 'choose another port or address');
  return isOurs
    ? ok(check, 'held by Klawing')
    : failed(check, 'another program listens there', `end it (ss -ltnp 'sport = :${port}'), or choose another port`);
};

/** Every port: free, or held by the service of these settings. */
export const checkPorts: DoctorCheck = async ({ settings: { broker, api }, running }) => {
  const isBroker = running?.dependencies.some(({ name, ready }) => name === 'broker' && ready) ?? false;
  const { host } = broker;
  const ports: readonly Port[] = [
    { name: 'HTTP', host: api.host, port: api.port, isOurs: running !== undefined },
    { name: 'MQTT', host, port: broker.mqttPort, isOurs: isBroker },
    { name: 'WebSocket', host, port: broker.wsPort, isOurs: isBroker },
    ...(broker.tls === undefined
      ? []
      : [
          { name: 'HTTPS', host: api.host, port: api.tlsPort, isOurs: running !== undefined },
          { name: 'MQTT over TLS', host, port: broker.tlsPort, isOurs: isBroker },
          { name: 'WebSocket over TLS', host, port: broker.wssPort, isOurs: isBroker },
        ]),
  ];
  const findings: CheckFinding[] = [];
  for (const port of ports) findings.push(await checkPort(port));
  return findings;
};
