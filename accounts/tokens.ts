import { hashSecret, makeSecret, Secret } from '#model/base/secret.ts';
import type { AccessToken } from '#model/accounts/person.ts';
import type { Role } from '#model/accounts/role.ts';
import { type Duration, hours } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import type { AccountDeps } from './deps.ts';
import type { UseRecorder } from './sessions.ts';

/** Beginning of every token, by which scanners of repositories recognise one. */
const PREFIX = 'klawing_';

/** The use of a token is written down at most once in this time. */
const USE_EVERY = hours(1);

export interface Tokens {
  list(): readonly AccessToken[];
  /** Makes a token; the secret is shown this once. @throws Fault `CONFLICT` when one has the name already */
  add(request: {
    readonly name: string;
    readonly role: Role;
    readonly valid: Duration;
  }): Promise<{ readonly token: AccessToken; readonly secret: Secret }>;
  /** The token of this secret, while it is valid. */
  find(secret: string): AccessToken | undefined;
  /** Notes the use of a token. */
  use(token: AccessToken): Promise<void>;
  /** @throws Fault `NOT_FOUND` */
  revoke(id: number): Promise<AccessToken>;
}

export const makeTokens = ({ clock, rows, secretKey }: AccountDeps, uses: UseRecorder): Tokens => ({
  list: () => rows.tokens(),
  add: async ({ name, role, valid }) => {
    if (rows.tokens().some((token) => token.name === name)) {
      throw new Fault('CONFLICT', `there is a token "${name}"; revoke it first, or choose another name`);
    }
    const secret = new Secret(`${PREFIX}${makeSecret().reveal()}`);
    const hash = hashSecret(secretKey, secret.reveal());
    const now = clock.now();
    rows.noteAudit({ name, role }, { subject: `token:${name}` });
    await rows.changeAccounts([
      { kind: 'add-token', token: { name, role, hash, createdAt: now, until: now + valid.ms } },
    ]);
    const token = rows.tokenWith(hash);
    if (token === undefined) throw new Error('a token was not added');
    return { token, secret };
  },
  find: (secret) => {
    if (!secret.startsWith(PREFIX)) return undefined;
    const token = rows.tokenWith(hashSecret(secretKey, secret));
    return token !== undefined && token.until > clock.now() ? token : undefined;
  },
  use: async ({ id, usedAt }) => {
    const now = clock.now();
    if (usedAt !== undefined && now - usedAt < USE_EVERY.ms) return;
    await uses.record({ kind: 'use-token', id, usedAt: now });
  },
  revoke: async (id) => {
    const token = rows.tokens().find((known) => known.id === id);
    if (token === undefined)
      throw new Fault('NOT_FOUND', `no token has the number ${id}; "klawing token list" lists them`);
    rows.noteAudit({ name: token.name }, { subject: `token:${token.name}` });
    await rows.changeAccounts([{ kind: 'revoke-token', id }]);
    return token;
  },
});
