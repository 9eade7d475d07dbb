import { BlockList, isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { plainAddress } from '#model/limits/address.ts';

/** Tells whether an address is one of our proxies, which are believed when they name the client. */
export type IsProxy = (address: string) => boolean;

/** @param proxies addresses and networks (`10.0.0.0/8`), as the setting has checked them */
export const proxyCheck = (proxies: readonly string[]): IsProxy => {
  const list = new BlockList();
  for (const proxy of proxies) {
    const [address = '', prefix] = proxy.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  return (given) => {
    const address = plainAddress(given);
    return isIP(address) !== 0 && list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  };
};

/**
 * The client's address: the peer, or the address that one of our proxies names (`trustProxy` of Fastify). A text that is
 * not an address is passed over, for example the `unknown` of some proxies.
 */
export const clientAddress = ({ ips = [] }: Pick<FastifyRequest, 'ips'>): string =>
  plainAddress(ips.findLast((address) => isIP(address) !== 0) ?? '');
