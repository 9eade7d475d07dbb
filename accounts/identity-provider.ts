import { type Clock, systemClock } from '#model/base/clock.ts';
import { seconds } from '#model/base/duration.ts';
import { Fault, type FaultCode } from '#model/base/fault.ts';
import { onOneLine } from '#model/base/printable.ts';
import type { ClientMetadata, Configuration, IDToken, ServerMetadata, UserInfoResponse } from 'openid-client';
import type { OidcSettings } from './settings.ts';

/** Values of one sign-in that the service keeps until the browser comes back. */
export interface OidcProof {
  readonly state: string;
  readonly nonce: string;
  /** Verifier of PKCE (RFC 7636). */
  readonly verifier: string;
}

/** A person as the identity service describes one. */
export interface ProvenIdentity {
  readonly issuer: string;
  readonly subject: string;
  /** In lower case; undefined where the identity service has not verified it. */
  readonly email: string | undefined;
  readonly name: string | undefined;
}

/** The identity service of the settings. Its library is loaded at the first use. */
export interface IdentityProvider {
  /** The address at the identity service to which the browser goes. @throws Fault `OIDC_UNREACHABLE` (retry), `OIDC_CLOCK` */
  begin(redirect: string): Promise<{ readonly url: string; readonly proof: OidcProof }>;
  /**
   * Verifies the answer with which the browser came back.
   * @throws Fault `OIDC_REFUSED`, `OIDC_CLIENT_REFUSED`, `OIDC_CLOCK`, `OIDC_UNREACHABLE` (retry)
   */
  finish(answer: URL, proof: OidcProof): Promise<ProvenIdentity>;
}

/** Time limit for one request to the identity service. */
const TIMEOUT = seconds(10);

/** Difference of the clocks that is accepted. */
const TOLERANCE = seconds(60);

const SCOPE = 'openid email profile';

/** Errors of TLS that a wrong clock of this machine causes. */
const NOT_YET_VALID = 'CERT_NOT_YET_VALID';

/** Answers of a token endpoint that does not know the client or its secret (RFC 6749, 5.2). */
const CLIENT_ERRORS: ReadonlySet<string> = new Set(['invalid_client', 'unauthorized_client']);

const library = () => import('openid-client');
type Library = Awaited<ReturnType<typeof library>>;

const ADVICE = {
  OIDC_REFUSED: 'begin again; if it fails again, sign in another way and tell an operator',
  OIDC_CLIENT_REFUSED: 'compare accounts.oidc.clientId and clientSecret with what the identity service shows',
  OIDC_CLOCK: 'set the clocks of this machine and of the identity service (NTP), then try again',
  OIDC_UNREACHABLE: 'check accounts.oidc.issuer and the network; passwords and passkeys work meanwhile',
} as const satisfies Partial<Record<FaultCode, string>>;
type OidcFault = keyof typeof ADVICE;

/** Codes and messages of an error and of its causes, the outermost first. They hold no secret. */
const chainOf = (error: unknown): readonly string[] => {
  if (!(error instanceof Error)) return [];
  const code: unknown = Reflect.get(error, 'code');
  const own = typeof code === 'string' ? [code] : [];
  return [...own, error.message, ...chainOf(error.cause)];
};

const faultOf = (code: OidcFault, found: string, cause: unknown): Fault =>
  new Fault(code, `${onOneLine(found)}; ${ADVICE[code]}`, { cause, retry: code === 'OIDC_UNREACHABLE' });

/** The fault of an error of the library. */
const explain = (
  { AuthorizationResponseError, ResponseBodyError, WWWAuthenticateChallengeError }: Library,
  error: unknown,
): Fault => {
  if (error instanceof AuthorizationResponseError)
    return faultOf('OIDC_REFUSED', `it answered "${error.error}"`, error);
  if (error instanceof WWWAuthenticateChallengeError) return faultOf('OIDC_CLIENT_REFUSED', 'it answered 401', error);
  if (error instanceof ResponseBodyError) {
    const code = CLIENT_ERRORS.has(error.error) ? 'OIDC_CLIENT_REFUSED' : 'OIDC_REFUSED';
    return faultOf(code, `it answered "${error.error}"`, error);
  }
  const chain = chainOf(error);
  const found = chain.findLast((text) => text !== '') ?? 'it cannot be used';
  if (chain.includes('OAUTH_JWT_TIMESTAMP_CHECK_FAILED') || chain.includes(NOT_YET_VALID))
    return faultOf('OIDC_CLOCK', found, error);
  if (chain.includes('OAUTH_JWT_CLAIM_COMPARISON_FAILED')) return faultOf('OIDC_REFUSED', found, error);
  return faultOf('OIDC_UNREACHABLE', found, error);
};

/** The client proves itself as the identity service asks for it, and in the header where that asks for nothing. */
const authenticationFor = (
  { ClientSecretBasic, ClientSecretPost }: Library,
  server: Readonly<ServerMetadata>,
  secret: string,
) => {
  const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
  return methods.includes('client_secret_basic') ? ClientSecretBasic(secret) : ClientSecretPost(secret);
};

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;

const identityOf = (issuer: string, claims: IDToken | UserInfoResponse): ProvenIdentity => ({
  issuer,
  subject: claims.sub,
  email: claims['email_verified'] === true ? textOf(claims['email'])?.toLowerCase() : undefined,
  name: textOf(claims['name']),
});

/** The only file that knows the library for OpenID Connect. */
// oxlint-disable-next-line max-lines-per-function -- the methods of one service
export const makeIdentityProvider = (
  { issuer, clientId, clientSecret }: Pick<OidcSettings, 'issuer' | 'clientId' | 'clientSecret'>,
  clock: Pick<Clock, 'now'>,
): IdentityProvider => {
  const read = async (known: Library): Promise<Configuration> => {
    const execute = new URL(issuer).protocol === 'http:' ? [known.allowInsecureRequests] : [];
    const options = { execute, timeout: TIMEOUT.ms / 1_000 };
    const found = await known.discovery(new URL(issuer), clientId, undefined, known.None(), options);
    const server = found.serverMetadata();
    // the library takes the time of the machine; the clock of the service may know better
    const metadata: Partial<ClientMetadata> = {
      [known.clockTolerance]: TOLERANCE.ms / 1_000,
      [known.clockSkew]: Math.round((clock.now() - systemClock.now()) / 1_000),
    };
    const config = new known.Configuration(
      server,
      clientId,
      metadata,
      authenticationFor(known, server, clientSecret.reveal()),
    );
    for (const each of [...execute, known.enableNonRepudiationChecks]) each(config);
    config.timeout = options.timeout;
    return config;
  };

  let kept: Configuration | undefined;
  /** Read at each begin, so that an identity service that is away is reported before the browser goes there. */
  const readAnew = async (known: Library): Promise<Configuration> => {
    kept = await read(known);
    return kept;
  };

  const using = async <T>(work: (known: Library) => Promise<T>): Promise<T> => {
    const known = await library();
    try {
      return await work(known);
    } catch (error) {
      throw explain(known, error);
    }
  };

  return {
    begin: (redirect) =>
      using(async (known) => {
        const config = await readAnew(known);
        const proof = {
          state: known.randomState(),
          nonce: known.randomNonce(),
          verifier: known.randomPKCECodeVerifier(),
        };
        const url = known.buildAuthorizationUrl(config, {
          redirect_uri: redirect,
          scope: SCOPE,
          state: proof.state,
          nonce: proof.nonce,
          code_challenge: await known.calculatePKCECodeChallenge(proof.verifier),
          code_challenge_method: 'S256',
        });
        return { url: url.href, proof };
      }),
    finish: (answer, { state, nonce, verifier }) =>
      using(async (known) => {
        const config = kept ?? (await readAnew(known));
        const tokens = await known.authorizationCodeGrant(config, answer, {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
        });
        const claims = tokens.claims();
        if (claims === undefined) throw new Error('the answer has no ID token');
        const { userinfo_endpoint: endpoint } = config.serverMetadata();
        const isWhole = claims['email'] !== undefined || endpoint === undefined;
        const described = isWhole ? claims : await known.fetchUserInfo(config, tokens.access_token, claims.sub);
        return identityOf(claims.iss, described);
      }),
  };
};
