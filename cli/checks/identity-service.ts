import { makeIdentityProvider } from '#accounts/identity-provider.ts';
import { type CheckContext, type CheckFinding, failed, ok } from './check.ts';
import { Fault } from '#model/base/fault.ts';

const CHECK = 'identity service';

/** Checks that the description of the identity service can be read. The secret is proved by a sign-in only. */
export const checkIdentityService = async ({
  settings,
  clock,
}: Pick<CheckContext, 'settings' | 'clock'>): Promise<readonly CheckFinding[]> => {
  const { oidc } = settings.accounts;
  if (oidc === undefined) return [];
  try {
    await makeIdentityProvider(oidc, clock).begin('http://localhost/');
    return [ok(CHECK, `${oidc.issuer} answers`)];
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return [
      failed(
        CHECK,
        `${oidc.issuer}: ${error.code}: ${error.detail}`,
        'see docs/faults.md; passwords and passkeys work without it',
      ),
    ];
  }
};
