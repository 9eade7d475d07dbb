import { z } from 'zod';
import { InstantMember } from '#model/base/document.ts';

/** An account at an identity service (OpenID Connect) with which a person signs in. */
export const LinkedIdentity = z.object({
  issuer: z
    .string()
    .meta({ description: 'Address of the identity service.', examples: ['https://login.example.go.id'] }),
  subject: z.string().meta({ description: 'Identifier of the person at that service.' }),
  person: z.int(),
  linkedAt: InstantMember,
  usedAt: InstantMember.meta({ description: 'Last sign-in with it.' }),
});
export type LinkedIdentity = Readonly<z.infer<typeof LinkedIdentity>>;
