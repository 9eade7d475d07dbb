import { z } from 'zod';
import {
  AccountSession,
  INVITATION_PURPOSES,
  LoginName,
  Person,
  PersonLanguage,
  PersonName,
} from '#model/accounts/person.ts';
import { ROLES } from '#model/accounts/role.ts';
import { documentOf, Time } from '#model/base/document.ts';

/** Passwords are not trimmed: blanks belong to them. */
const PasswordText = z.string().min(1).max(200).meta({ description: 'Password.' });

/** A person as the person and operators see it. */
export const PersonDocument = documentOf(Person).meta({
  id: 'Person',
  examples: [
    {
      id: 7,
      name: 'Sari Wulandari',
      login: 'sari',
      role: 'duty' as const,
      phone: '+62 812-3456-7890',
      created_at: '2026-11-24T03:00:00.000Z',
      consent_at: '2026-11-24T03:10:00.000Z',
    },
  ],
});

/** The caller of a request. */
export const SessionDocument = z
  .object({
    person: PersonDocument.nullable().meta({ description: 'Null where nobody is signed in.' }),
    role: z.enum(ROLES).nullable().meta({ description: 'Rights of the caller; null without any.' }),
    session: z.int().nullable().meta({ description: 'Number of the session.' }),
    demo: z.boolean().meta({ description: 'This browser may sign in without a password (`POST /v1/session/demo`).' }),
    empty: z
      .boolean()
      .meta({ description: 'Nobody can sign in yet: the link of the first start makes the first operator.' }),
    not_allowed: z.record(z.string(), z.enum(ROLES)).meta({
      description: 'Operations that the caller may not call, by their `operationId`, with the least role that may.',
    }),
    identity_service: z
      .string()
      .nullable()
      .meta({ description: 'Name of the identity service at which people may sign in; null without one.' }),
  })
  .meta({
    id: 'Session',
    examples: [
      {
        person: null,
        role: 'viewer' as const,
        session: null,
        demo: false,
        empty: false,
        not_allowed: { acknowledgeAlert: 'duty' as const },
        identity_service: null,
      },
    ],
  });

/** Choice of a session that lasts long. */
export const KeepSession = z
  .boolean()
  .prefault(false)
  .meta({ description: 'True on a device of the own: the session lasts long.' });

export const SignInBody = z
  .strictObject({ login: LoginName, password: PasswordText, keep: KeepSession })
  .meta({ examples: [{ login: 'sari', password: 'empat kata acak panjang', keep: true }] });

export const PasswordBody = z
  .strictObject({ old: PasswordText, new: PasswordText })
  .meta({ examples: [{ old: 'empat kata acak panjang', new: 'lima kata acak yang lain' }] });

export const LanguageBody = z
  .strictObject({ language: PersonLanguage })
  .meta({ examples: [{ language: 'en' as const }] });

/** Code of a one-time link. */
export const InvitationCode = z
  .string()
  .min(1)
  .max(64)
  .meta({ description: 'Code of the link.', examples: ['hX2c9TqJw0aVb7RzK1mN4sEoP8u'] });

export const InvitationBody = z
  .strictObject({ code: InvitationCode })
  .meta({ examples: [{ code: 'hX2c9TqJw0aVb7RzK1mN4sEoP8u' }] });

/** An open invitation. */
export const InvitationDocument = z
  .object({
    purpose: z.enum(INVITATION_PURPOSES).meta({ description: '`join`, or `reset`: choose a new password.' }),
    name: z
      .string()
      .nullable()
      .meta({ description: 'Null for the first operator, who chooses name and sign-in name.' }),
    login: z.string().nullable(),
    valid_until: Time,
  })
  .meta({
    examples: [
      { purpose: 'join' as const, name: 'Sari Wulandari', login: 'sari', valid_until: '2026-12-01T03:00:00.000Z' },
    ],
  });

export const AcceptBody = z
  .strictObject({
    code: InvitationCode,
    password: PasswordText,
    consent: z
      .literal(true, { error: 'joining needs the consent to the processing of personal data' })
      .meta({ description: 'Consent to the processing of personal data (UU 27/2022).' }),
    name: PersonName.optional(),
    login: LoginName.optional(),
    keep: KeepSession,
  })
  .meta({
    examples: [{ code: 'hX2c9TqJw0aVb7RzK1mN4sEoP8u', password: 'empat kata acak panjang', consent: true, keep: true }],
  });

export const SessionId = z.coerce
  .number()
  .int()
  .positive()
  .meta({ examples: [12] });

/** A session without its secret. */
export const SHOWN_SESSION = AccountSession.pick({
  id: true,
  browser: true,
  createdAt: true,
  seenAt: true,
  until: true,
});

const SESSION_EXAMPLE = {
  id: 12,
  browser: 'Chrome, Android',
  created_at: '2026-11-24T03:00:00.000Z',
  seen_at: '2026-11-24T05:00:00.000Z',
  until: '2027-05-23T05:00:00.000Z',
};

export const SessionList = z
  .object({ sessions: z.array(documentOf(SHOWN_SESSION)) })
  .meta({ examples: [{ sessions: [SESSION_EXAMPLE] }] });
