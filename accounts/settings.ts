import { z } from 'zod';
import { DEFAULT_ROLES } from '#model/accounts/role.ts';
import { isLoopback } from '#model/limits/address.ts';
import { Secret } from '#model/base/secret.ts';
import { durationSetting, httpUrlSetting } from '#model/base/setting.ts';

/** True for an address that nobody on the way can change: encrypted, or on this machine. */
const isTrusted = (text: string): boolean => {
  if (!URL.canParse(text)) return true;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || hostname === 'localhost' || isLoopback(hostname.replace(/^\[|\]$/g, ''));
};

/** `accounts.oidc` in `klawing.yaml`. */
const OidcSettings = z.strictObject({
  issuer: httpUrlSetting.refine(isTrusted, { error: 'has to begin with https://, except on this machine' }).meta({
    description: 'Identity service (OpenID Connect) at which people may sign in: its issuer address. Without it: none.',
    examples: ['https://login.example.go.id/realms/klawing'],
  }),
  clientId: z
    .string()
    .min(1)
    .max(200)
    .meta({ description: 'Name of Klawing at the identity service.', examples: ['klawing'] }),
  clientSecret: z
    .string()
    .min(1)
    .max(1_000)
    .transform((text) => new Secret(text))
    .meta({
      description: 'Secret of Klawing at the identity service.',
      examples: ['the-secret-that-the-identity-service-shows'],
    }),
  name: z
    .string()
    .trim()
    .min(1)
    .max(40)
    .prefault('SSO')
    .describe('Name of the identity service on the button to sign in.'),
  defaultRole: z
    .enum(DEFAULT_ROLES)
    .optional()
    .meta({
      description:
        'Role of a person whom the identity service knows and nobody has added: viewer, duty or analyst. Without it such a person is refused.',
      examples: ['viewer'],
    }),
});
export type OidcSettings = z.infer<typeof OidcSettings>;

/** `accounts:` in `klawing.yaml`. */
export const AccountSettings = z.strictObject({
  keepSignedIn: durationSetting
    .prefault('180d')
    .describe('Time after which an unused session ends, where the person chose to stay signed in.'),
  sessionTime: durationSetting
    .prefault('12h')
    .describe('Time after which an unused session on a shared computer ends.'),
  invitationValid: durationSetting.prefault('7d').describe('Validity of a link to join or to choose a new password.'),
  keepDisabled: durationSetting.prefault('365d').describe('Time after which people who are disabled are erased.'),
  oidc: OidcSettings.optional().describe('Signing in at an identity service of the agency (OpenID Connect).'),
  insecure: z
    .boolean()
    .prefault(false)
    .describe('Accept passwords over plain HTTP from other machines. For a trusted network only.'),
});
export type AccountSettings = z.infer<typeof AccountSettings>;
