import type { ClientIdentity } from './identity.ts';

const DEVICE_SUFFIX = /^[A-Za-z0-9._-]{0,64}$/;
const OPERATOR_ID = /^[A-Za-z0-9][A-Za-z0-9._:@/-]{0,127}$/;

/**
 * True when an identity may use this client id. A device or gateway uses its name, or its name, a dot and up to 64 of
 * `A-Z a-z 0-9 . _ -`, so that it cannot take over the connection of another one. The operator may use any id of plain characters.
 * For an empty id with a clean session, the broker assigns a unique one [MQTT-3.1.3-6]; without a clean session, the caller refuses
 * it [MQTT-3.1.3-8].
 */
export const isClientIdAllowed = (identity: ClientIdentity, clientId: string): boolean => {
  if (clientId === '' || identity.role === 'anyone') return true;
  if (identity.role === 'operator') return OPERATOR_ID.test(clientId);
  const name = identity.role === 'device' ? identity.device : identity.gateway;
  if (clientId === name) return true;
  const prefix = `${name}.`;
  return clientId.startsWith(prefix) && DEVICE_SUFFIX.test(clientId.slice(prefix.length));
};
