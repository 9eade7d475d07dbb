import { exchange, read, send } from './client.ts';
import type {
  InvitationInfo,
  IssuedToken,
  NewToken,
  OneTimeLink,
  PersonAddition,
  PersonChange,
  PersonRow,
  ProgramToken,
  SessionInfo,
} from './types.ts';

/** The fields of the form to sign in. */
export interface SignInFields {
  readonly login: string;
  readonly password: string;
  readonly keep: boolean;
}

/** The fields of an accepted invitation; only the first operator gives name and sign-in name. */
export interface JoinFields {
  readonly code: string;
  readonly password: string;
  readonly keep: boolean;
  readonly consent: true;
  readonly name?: string;
  readonly login?: string;
}

/** Fields of a sign-in at the identity service; the code is that of a one-time link. */
export interface OidcFields {
  readonly keep: boolean;
  readonly consent: boolean;
  readonly code?: string;
}

export const whoAmI = (): Promise<SessionInfo> => read('/v1/session');
export const signInWith = (fields: SignInFields): Promise<SessionInfo> => exchange('POST', '/v1/session', fields);
export const signInToDemo = (): Promise<SessionInfo> => exchange('POST', '/v1/session/demo');
export const endOwn = (): Promise<SessionInfo> => exchange('DELETE', '/v1/session');
export const lookAt = (code: string, signal: AbortSignal): Promise<InvitationInfo> =>
  exchange('POST', '/v1/invitation', { code }, signal);
export const accept = (fields: JoinFields): Promise<SessionInfo> => exchange('POST', '/v1/invitation/accept', fields);
export const endSession = (id: number): Promise<void> => send('DELETE', `/v1/sessions/${id}`);
export const keepLanguage = (language: 'id' | 'en'): Promise<void> => send('PUT', '/v1/session/language', { language });
export const changePassword = (old: string, next: string): Promise<void> =>
  send('PUT', '/v1/session/password', { old, new: next });

/** The address at the identity service to which the browser goes. */
export const beginOidc = (fields: OidcFields): Promise<{ readonly url: string }> =>
  exchange('POST', '/v1/session/oidc', fields);

const pathOf = ({ id }: Pick<PersonRow, 'id'>): string => `/v1/people/${id}`;

export const addPerson = (body: PersonAddition): Promise<{ readonly invitation: OneTimeLink | null }> =>
  exchange('POST', '/v1/people', body);
export const changePerson = (person: PersonRow, body: PersonChange): Promise<void> =>
  exchange('PATCH', pathOf(person), body);
export const erasePerson = (person: PersonRow): Promise<void> => send('DELETE', pathOf(person));
export const invite = (person: PersonRow, purpose: 'join' | 'reset'): Promise<OneTimeLink> =>
  exchange('POST', `${pathOf(person)}/invitation`, { purpose });
export const addToken = (body: NewToken): Promise<IssuedToken> => exchange('POST', '/v1/tokens', body);
export const revokeToken = ({ id }: ProgramToken): Promise<void> => send('DELETE', `/v1/tokens/${id}`);
