import { z } from 'zod';
import { BytesMember, DurationMember, InstantMember } from '#model/base/document.ts';
import { humanLine } from '#model/base/human-text.ts';
import { ROLES } from './role.ts';

/** Name with which a person signs in. */
export const LoginName = z
  .string()
  .trim()
  .toLowerCase()
  .regex(
    /^[a-z0-9][a-z0-9._@-]{1,62}$/,
    'a sign-in name has 2 to 63 characters: letters, digits, ".", "_", "-", "@"; it begins with a letter or a digit',
  )
  .meta({ description: 'Name with which the person signs in.', examples: ['sari'] });

/** Name of a person as others see it. */
export const PersonName = humanLine(100).meta({ description: 'Name as others see it.', examples: ['Sari Wulandari'] });

const EmailAddress = z
  .email()
  .max(254)
  .meta({ examples: ['sari@example.go.id'] });

const PhoneNumber = z
  .string()
  .trim()
  .regex(/^\+?[0-9][0-9 -]{5,23}$/, 'a telephone number such as +62 812-3456-7890')
  .meta({ examples: ['+62 812-3456-7890'] });

/** Language of the pages. */
export const PersonLanguage = z.enum(['id', 'en']).meta({ examples: ['id'] });
export type PersonLanguage = z.infer<typeof PersonLanguage>;

/** A person of the agency. One without a sign-in name is a contact: it is notified, and cannot sign in. */
export const Person = z.object({
  id: z.int().meta({ description: 'Number of the person, which is never used again.', examples: [7] }),
  name: PersonName,
  login: LoginName.optional(),
  role: z.enum(ROLES).optional().meta({ description: 'Null for a contact.' }),
  email: EmailAddress.exactOptional(),
  phone: PhoneNumber.exactOptional(),
  language: PersonLanguage.exactOptional().meta({ description: 'Language of the pages that the person chose.' }),
  createdAt: InstantMember,
  /** Consent to the processing of personal data (UU 27/2022, article 20). */
  consentAt: InstantMember.exactOptional().meta({
    description: 'Time of the consent to the processing of personal data.',
  }),
  disabledAt: InstantMember.exactOptional().meta({ description: 'Since then the person cannot sign in.' }),
  erasedAt: InstantMember.exactOptional().meta({ description: 'Since then only the number of the person is kept.' }),
});
export type Person = Readonly<z.infer<typeof Person>>;

/** Hash of the password of a person. */
export const PasswordHash = z.object({ person: z.int(), hash: z.string(), changedAt: InstantMember });
export type PasswordHash = Readonly<z.infer<typeof PasswordHash>>;

/** A person signed in at one browser. */
export const AccountSession = z.object({
  id: z.int(),
  person: z.int(),
  /** Hash of the value of its cookie. */
  hash: BytesMember,
  browser: z.string().meta({ description: 'Browser and system.', examples: ['Chrome, Android'] }),
  createdAt: InstantMember,
  seenAt: InstantMember,
  /** It ends when it was not used for so long. */
  idle: DurationMember,
  until: InstantMember,
  /** Signed in by the demo, which is valid in the demo only. */
  isDemo: z.literal(true).exactOptional(),
});
export type AccountSession = Readonly<z.infer<typeof AccountSession>>;

export const INVITATION_PURPOSES = ['join', 'reset'] as const;

/** A one-time link: to join, or to choose a new password. */
export const Invitation = z.object({
  hash: BytesMember,
  /** Undefined for the first operator, who chooses a name. */
  person: z.int().optional(),
  purpose: z.enum(INVITATION_PURPOSES),
  until: InstantMember,
});
export type Invitation = Readonly<z.infer<typeof Invitation>>;

/** Name of a token. */
export const TokenName = humanLine(100).meta({
  description: 'Program that uses the token.',
  examples: ['posko-display'],
});

/** Access of a program, with the rights of a role, until its end. */
export const AccessToken = z.object({
  id: z.int(),
  name: TokenName,
  role: z.enum(ROLES),
  hash: BytesMember,
  createdAt: InstantMember,
  until: InstantMember.meta({ description: 'End of its validity.' }),
  usedAt: InstantMember.exactOptional().meta({ description: 'Last use, to the hour.' }),
});
export type AccessToken = Readonly<z.infer<typeof AccessToken>>;
