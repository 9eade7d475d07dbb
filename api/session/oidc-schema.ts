import { z } from 'zod';
import { InvitationCode, KeepSession } from './schema.ts';

export const OidcBody = z
  .strictObject({
    keep: KeepSession,
    consent: z
      .boolean()
      .prefault(false)
      .meta({ description: 'Consent to the processing of personal data (UU 27/2022); needed at the first sign-in.' }),
    code: InvitationCode.optional(),
  })
  .meta({ examples: [{ keep: true }] });

export const OidcStart = z
  .object({ url: z.string().meta({ description: 'Address at the identity service, to which the browser goes.' }) })
  .meta({ examples: [{ url: 'https://login.example.go.id/auth?client_id=klawing&response_type=code' }] });

/** Parameters that the identity service adds (RFC 6749, 4.1.2; RFC 9207); others are let through. */
export const OidcAnswer = z.looseObject({
  code: z
    .string()
    .optional()
    .meta({ description: 'Authorization code.', examples: ['SplxlOBeZQQYbYS6WxSbIA'] }),
  state: z
    .string()
    .optional()
    .meta({ description: 'State that the browser was sent with.', examples: ['af0ifjsldkj'] }),
  error: z
    .string()
    .optional()
    .meta({ description: 'Reason of a refusal.', examples: ['access_denied'] }),
});
