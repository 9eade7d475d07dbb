import { createServer } from 'node:http';
import { once } from 'node:events';
import Provider from 'oidc-provider';
import { onTestFinished } from 'vitest';

export const CLIENT_SECRET = 'the-client-secret-of-a-test';

/** Accounts of the identity service by the names with which people sign in there. */
type ServiceAccounts = Readonly<
  Record<string, { readonly email?: string; readonly email_verified?: boolean; readonly name?: string }>
>;

/** A real identity service (OpenID Connect) on a free port, whose page takes any password. */
export interface IdentityService {
  readonly issuer: string;
  /** The settings of Klawing for it. */
  readonly settings: Readonly<Record<'issuer' | 'clientId' | 'clientSecret' | 'name', string>>;
  /** Begins to serve, for the service of Klawing at this address. */
  serve(klawing: string, accounts: ServiceAccounts): void;
  stop(): Promise<void>;
  /** Listens again on its port. */
  again(): Promise<void>;
}

const providerFor = (issuer: string, klawing: string, accounts: ServiceAccounts): Provider => {
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'klawing',
        client_secret: CLIENT_SECRET,
        redirect_uris: [`${klawing}/v1/session/oidc/callback`],
        response_types: ['code'],
        grant_types: ['authorization_code'],
      },
    ],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    pkce: { required: () => true },
    cookies: { keys: ['a key of a test'] },
    ttl: { IdToken: 600, AccessToken: 600, Session: 3_600, Interaction: 600, Grant: 3_600 },
    findAccount: (_context, id) => {
      const claims = accounts[id];
      return claims === undefined ? undefined : { accountId: id, claims: () => ({ sub: id, ...claims }) };
    },
    // the consent of this service is no part of the test
    loadExistingGrant: async ({ oidc }) => {
      const { client, session } = oidc;
      if (client === undefined || session?.accountId === undefined) return undefined;
      const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope('openid email profile');
      await grant.save();
      return grant;
    },
  });
  return provider;
};

export const identityService = async (): Promise<IdentityService> => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('the identity service has no port');
  const issuer = `http://127.0.0.1:${bound.port}`;
  const stop = async (): Promise<void> => {
    if (!server.listening) return;
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  onTestFinished(stop);
  return {
    issuer,
    settings: { issuer, clientId: 'klawing', clientSecret: CLIENT_SECRET, name: 'SSO Purbalingga' },
    serve: (klawing, accounts) => {
      const handle = providerFor(issuer, klawing, accounts).callback();
      server.on('request', (request, response) => void handle(request, response));
    },
    stop,
    again: async () => {
      server.listen(bound.port, '127.0.0.1');
      await once(server, 'listening');
    },
  };
};

/** A browser that only follows redirects and sends the form of the identity service. */
export const visitIdentityService = async (address: string, login: string): Promise<string> => {
  const jar = new Map<string, string>();
  const cookies = () => [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
  const origin = new URL(address).origin;
  const visit = async (url: string, init: Pick<RequestInit, 'method' | 'body'> = {}): Promise<string> => {
    const answer = await fetch(url, { ...init, redirect: 'manual', headers: { cookie: cookies() } });
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      jar.set(name, value);
    }
    const location = answer.headers.get('location');
    if (location === null) {
      const body = new URLSearchParams({ prompt: 'login', login, password: 'any' });
      const page = await answer.text();
      const action = /<form[^>]* action="([^"]+)"/.exec(page)?.[1];
      if (action === undefined)
        throw new Error(`no form on the page of the identity service: ${answer.status} ${page}`);
      return visit(new URL(action, url).href, { method: 'POST', body });
    }
    const next = new URL(location, url);
    return next.origin === origin ? visit(next.href) : next.href;
  };
  return visit(address);
};
