import type { ClientIdentity } from './identity.ts';

const DEVICE_SUFFIX = /^[A-Za-z0-9._-]{0,64}$/;
const SANE = /^[A-Za-z0-9][A-Za-z0-9._:@/-]{0,127}$/;

/**
 * Whose client id may it be? A device's or gateway's own name, or that and a dot and up to 64 of `A-Z a-z 0-9 . _ -`, so that no
 * device can take over another's connection. The operator may use any id of sane characters. With an empty id and a
 * clean session the broker makes a unique one itself [MQTT-3.1.3-6]; without a clean session it is refused by
 * [MQTT-3.1.3-8], which is for the caller to see.
 */
export const isClientIdAllowed = (identity: ClientIdentity, clientId: string): boolean => {
  if (clientId === '' || identity.role === 'anyone') return true;
  if (identity.role === 'operator') return SANE.test(clientId);
  const name = identity.role === 'device' ? identity.device : identity.gateway;
  if (clientId === name) return true;
  const prefix = `${name}.`;
  return clientId.startsWith(prefix) && DEVICE_SUFFIX.test(clientId.slice(prefix.length));
};
