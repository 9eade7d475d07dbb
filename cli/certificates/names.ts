import { isIP } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import { Fault } from '#model/base/fault.ts';

const DNS_NAME =
  /^(?=.{1,253}$)(?:\*\.)?[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/i;

/** An address of one link only, which no certificate helps to reach: `fe80::1%eth0`. */
const isLinkLocal = (address: string): boolean => /^fe[89ab]/i.test(address);

/** Names and addresses under which this machine is reached, itself last. */
const ofThisMachine = (): readonly string[] => {
  const addresses = Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .filter(({ internal, address }) => !internal && !isLinkLocal(address))
    .map(({ address }) => address);
  const host = hostname().toLowerCase();
  const names = DNS_NAME.test(host) ? [host, ...(host.includes('.') ? [] : [`${host}.local`])] : [];
  return [...names, ...addresses, 'localhost', '127.0.0.1', '::1'];
};

/** An IPv6 address in its short form; certificates hold the long one. */
const plain = (name: string): string =>
  isIP(name) === 6 ? new URL(`http://[${name}]`).hostname.slice(1, -1) : name.toLowerCase();

/** Each name once, in their order. */
export const unique = (names: readonly string[]): readonly string[] => [...new Set(names.map(plain))];

/**
 * Names of the certificate: those that were given, then those of this machine, each once.
 * @throws Fault `REQUEST_INVALID` for a text that is neither a name nor an address
 */
export const serverNames = (given: readonly string[]): readonly string[] => {
  const wrong = given.find((name) => isIP(name) === 0 && !DNS_NAME.test(name));
  if (wrong !== undefined) {
    const detail = `--name ${JSON.stringify(wrong)} is neither a name nor an address; write klawing.dlh.local or 192.168.1.10`;
    throw new Fault('REQUEST_INVALID', detail);
  }
  return unique([...given, ...ofThisMachine()]);
};
