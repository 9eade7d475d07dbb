const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;
const LOOPBACK = /^(?:127\.\d+\.\d+\.\d+|::1)$/;

/** Groups of the part of an IPv6 address that one subscriber has: a /64. */
const NETWORK_GROUPS = 4;

/** An IPv4 address as such, also where it was written as IPv6. */
export const plainAddress = (address: string): string => MAPPED.exec(address)?.[1] ?? address;

export const isLoopback = (address: string): boolean => LOOPBACK.test(plainAddress(address));

/** True for a host name, without a port, that names this machine whatever a name server says. */
export const isLocalName = (host: string): boolean => {
  const name = host.toLowerCase();
  return name === 'localhost' || name.endsWith('.localhost') || name === '[::1]' || isLoopback(name);
};

/**
 * Under which name the connections of an address are counted together: an IPv4 address, however it is written, or the
 * /64 of an IPv6 address, of which one sender has all.
 */
export const sourceOf = (address: string): string => {
  const known = plainAddress(address);
  if (!known.includes(':')) return known;
  const [head = '', tail] = known.replace(/%.*$/, '').split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const gap = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const groups = [...before, ...Array.from({ length: gap }, () => '0'), ...after];
  return groups
    .slice(0, NETWORK_GROUPS)
    .map((group) => group.replace(/^0+(?=.)/, '').toLowerCase())
    .join(':');
};
