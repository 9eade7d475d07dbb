import { BlockList, isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { plainAddress } from '#model/limits/address.ts';

/** Whom the API believes to be asking. */
export interface Peers {
  /** Is it a proxy of ours, which may say for whom it asks? */
  isProxy(address: string): boolean;
  /** Who asks: the peer, or whom a proxy of ours names. */
  addressOf(request: FastifyRequest): string;
  /** Did the request come to a proxy of ours over TLS? */
  isForwardedSecurely(request: FastifyRequest): boolean;
}

/** @param proxies addresses and networks (`10.0.0.0/8`), as the setting has checked them */
export const makePeers = (proxies: readonly string[]): Peers => {
  const list = new BlockList();
  for (const proxy of proxies) {
    const [address = '', prefix] = proxy.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }

  const isProxy = (given: string): boolean => {
    const address = plainAddress(given);
    return isIP(address) !== 0 && list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  };

  return {
    isProxy,
    addressOf: ({ headers, socket }) => {
      let known = socket.remoteAddress ?? '';
      // each proxy adds at the end whom it saw; what stands before the first that is not ours may be made up
      for (const named of listed(headers['x-forwarded-for']).toReversed()) {
        if (!isProxy(known) || isIP(named) === 0) break;
        known = named;
      }
      return plainAddress(known);
    },
    isForwardedSecurely: ({ headers, socket }) =>
      isProxy(socket.remoteAddress ?? '') && listed(headers['x-forwarded-proto']).at(-1) === 'https',
  };
};

const listed = (header: string | readonly string[] | undefined): readonly string[] =>
  String(header ?? '')
    .split(',')
    .map((text) => text.trim());
