import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/browser';
import { call, send } from './client.ts';
import type { PasskeyLine } from './types.ts';

/** Loaded at the first passkey. */
const library = () => import('@simplewebauthn/browser');

const IS_NUMBER = /^[\d.]+$|^\[/;

/** True where the browser has passkeys and the address can have some: encrypted or local, and with a name. */
export const canUsePasskeys = (): boolean =>
  window.isSecureContext && 'PublicKeyCredential' in window && !IS_NUMBER.test(location.hostname);

const json = { 'content-type': 'application/json' };

const optionsOf = async <T>(path: string): Promise<T> => (await call(path, { method: 'POST' })).json();

const patch = (path: string, body: object): Promise<unknown> =>
  call(path, { method: 'PATCH', headers: json, body: JSON.stringify(body) });

export const signInWithPasskey = async (keep: boolean): Promise<void> => {
  const optionsJSON = await optionsOf<PublicKeyCredentialRequestOptionsJSON>('/v1/session/passkey/options');
  const credential = await (await library()).startAuthentication({ optionsJSON });
  await send('POST', '/v1/session/passkey', { credential, keep });
};

export const addPasskey = async (name: string): Promise<void> => {
  const optionsJSON = await optionsOf<PublicKeyCredentialCreationOptionsJSON>('/v1/passkeys/options');
  const credential = await (await library()).startRegistration({ optionsJSON });
  await send('POST', '/v1/passkeys', { name, credential });
};

export const renamePasskey = async ({ id }: PasskeyLine, name: string): Promise<void> => {
  await patch(`/v1/passkeys/${id}`, { name });
};

export const revokePasskey = ({ id }: PasskeyLine): Promise<void> => send('DELETE', `/v1/passkeys/${id}`);
