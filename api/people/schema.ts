import { LinkedIdentity } from '#model/accounts/linked-identity.ts';
import { z } from 'zod';
import { AccessToken, INVITATION_PURPOSES, LoginName, Person, PersonName, TokenName } from '#model/accounts/person.ts';
import { ROLES } from '#model/accounts/role.ts';
import { documentOf, Time } from '#model/base/document.ts';
import { durationParameter } from '#model/parameters.ts';
import { bodyExample } from '#registry/schema.ts';
import { PasskeyDocument } from '#api/session/passkey-schema.ts';
import { PersonDocument, SHOWN_SESSION } from '#api/session/schema.ts';
import { EntryDocument } from '#api/audit/schema.ts';

export const PersonId = z.coerce
  .number()
  .int()
  .positive()
  .meta({ examples: [7] });

const role = z.enum(ROLES).meta({ examples: ['duty'] });
const email = Person.shape.email.unwrap();
const phone = Person.shape.phone.unwrap();

const PERSON_EXAMPLE = {
  id: 7,
  name: 'Sari Wulandari',
  login: 'sari',
  role: 'duty' as const,
  phone: '+62 812-3456-7890',
  created_at: '2026-11-24T03:00:00.000Z',
  last_seen: '2026-11-24T05:00:00.000Z',
  can_sign_in: true,
};

const { last_seen: _seen, can_sign_in: _can, ...DATA_EXAMPLE } = PERSON_EXAMPLE;

/** A person in the list of operators. */
export const ListedPerson = z.object({
  ...PersonDocument.shape,
  last_seen: Time.nullable().meta({ description: 'Last use of a session.' }),
  can_sign_in: z.boolean().meta({ description: 'The person has accepted the invitation, and is not disabled.' }),
});

export const PeopleList = z
  .object({ people: z.array(ListedPerson) })
  .meta({ examples: [{ people: [PERSON_EXAMPLE] }] });

/** A one-time link. */
export const LinkDocument = z
  .object({
    code: z.string().meta({ description: 'Shown this once.' }),
    path: z.string().meta({
      description:
        'Path of the console, behind the address of the service. The code stands in the fragment, so that no log has it.',
    }),
    valid_until: Time,
  })
  .meta({
    examples: [
      {
        code: 'hX2c9TqJw0aVb7RzK1mN4sEoP8u',
        path: '/#/invitation/hX2c9TqJw0aVb7RzK1mN4sEoP8u',
        valid_until: '2026-12-01T03:00:00.000Z',
      },
    ],
  });

const ADD_EXAMPLE = { login: 'sari', name: 'Sari Wulandari', role: 'duty' as const, phone: '+62 812-3456-7890' };

export const PersonBody = z
  .strictObject({
    name: PersonName,
    login: LoginName.optional(),
    role: role.optional(),
    email: email.optional(),
    phone: phone.optional(),
    consent: z
      .boolean()
      .optional()
      .meta({ description: 'The contact has agreed (UU 27/2022). A person who signs in is asked by the link.' }),
  })
  .meta(bodyExample(ADD_EXAMPLE));

export const PersonAdded = z
  .object({ person: PersonDocument, invitation: LinkDocument.nullable().meta({ description: 'Null for a contact.' }) })
  .meta({
    examples: [
      {
        person: {
          id: 7,
          name: 'Sari Wulandari',
          login: 'sari',
          role: 'duty' as const,
          created_at: '2026-11-24T03:00:00.000Z',
        },
        invitation: {
          code: 'hX2c9TqJw0aVb7RzK1mN4sEoP8u',
          path: '/#/invitation/hX2c9TqJw0aVb7RzK1mN4sEoP8u',
          valid_until: '2026-12-01T03:00:00.000Z',
        },
      },
    ],
  });

export const PersonPatchBody = z
  .strictObject({
    name: PersonName.optional(),
    role: role.optional(),
    email: email.nullable().optional(),
    phone: phone.nullable().optional(),
    disabled: z
      .boolean()
      .optional()
      .meta({ description: 'True: the person is signed out everywhere, and cannot sign in.' }),
  })
  .meta({ examples: [{ role: 'analyst' as const }] });

export const LinkBody = z
  .strictObject({ purpose: z.enum(INVITATION_PURPOSES).prefault('join') })
  .meta({ examples: [{ purpose: 'reset' as const }] });

/** An account at an identity service, as the person sees it. */
export const SHOWN_IDENTITY = LinkedIdentity.omit({ person: true });

/** All that is stored about a person. */
export const PersonalDataDocument = z
  .object({
    person: PersonDocument,
    password_changed_at: Time.nullable(),
    sessions: z.array(documentOf(SHOWN_SESSION)),
    passkeys: z.array(PasskeyDocument),
    identities: z.array(documentOf(SHOWN_IDENTITY)),
    entries: z
      .array(EntryDocument)
      .meta({ description: 'Entries of the audit trail by the person and about the person.' }),
  })
  .meta({
    examples: [
      { person: DATA_EXAMPLE, password_changed_at: null, sessions: [], passkeys: [], identities: [], entries: [] },
    ],
  });

export const TokenId = z.coerce
  .number()
  .int()
  .positive()
  .meta({ examples: [3] });

/** A token without its secret. */
export const SHOWN_TOKEN = AccessToken.omit({ hash: true });

const TOKEN_EXAMPLE = {
  id: 3,
  name: 'posko-display',
  role: 'viewer' as const,
  created_at: '2026-11-24T03:00:00.000Z',
  until: '2027-11-24T03:00:00.000Z',
  used_at: '2026-11-24T05:00:00.000Z',
};

export const TokenDocument = documentOf(SHOWN_TOKEN).meta({ id: 'Token', examples: [TOKEN_EXAMPLE] });

export const TokenList = z.object({ tokens: z.array(TokenDocument) }).meta({ examples: [{ tokens: [TOKEN_EXAMPLE] }] });

export const TokenBody = z
  .strictObject({ name: TokenName, role, valid: durationParameter('Validity of the token.', '365d').prefault('365d') })
  .meta(bodyExample({ name: 'posko-display', role: 'viewer' as const, valid: '365d' }));

export const TokenAdded = z
  .object({ token: TokenDocument, secret: z.string().meta({ description: 'Shown this once.' }) })
  .meta({ examples: [{ token: TOKEN_EXAMPLE, secret: 'klawing_hX2c9TqJw0aVb7RzK1mN4sEoP8u' }] });
