import { z } from 'zod';
import { NewCredential, Passkey, PasskeyName, UsedCredential } from '#model/accounts/passkey.ts';
import { documentOf } from '#model/base/document.ts';

/** A passkey without its key. */
export const SHOWN_PASSKEY = Passkey.pick({ id: true, name: true, createdAt: true, usedAt: true });

export const PasskeyId = z.coerce
  .number()
  .int()
  .positive()
  .meta({ examples: [3] });

export const PasskeyDocument = documentOf(SHOWN_PASSKEY);

export const PasskeyList = z.object({ passkeys: z.array(PasskeyDocument) }).meta({
  examples: [
    {
      passkeys: [
        {
          id: 3,
          name: 'Telepon Sari',
          created_at: '2026-11-24T03:00:00.000Z',
          used_at: '2026-11-24T05:00:00.000Z',
        },
      ],
    },
  ],
});

const CHALLENGE = 'hX2c9TqJw0aVb7RzK1mN4sEoP8u';

/** `PublicKeyCredentialCreationOptionsJSON` or `PublicKeyCredentialRequestOptionsJSON` of WebAuthn. */
export const PasskeyOptions = z
  .looseObject({
    challenge: z.string().meta({ description: 'It is answered once, within ten minutes.' }),
  })
  .meta({
    description: 'Options for the browser (WebAuthn, `parseCreationOptionsFromJSON`, `parseRequestOptionsFromJSON`).',
    examples: [{ challenge: CHALLENGE, rpId: 'klawing.example.go.id', userVerification: 'required' }],
  });

const RAW = { id: 'aGFua', rawId: 'aGFua', type: 'public-key' as const };

export const PasskeyBody = z.strictObject({ name: PasskeyName, credential: NewCredential }).meta({
  examples: [
    { name: 'Telepon Sari', credential: { ...RAW, response: { clientDataJSON: 'eyJ0', attestationObject: 'o2Nm' } } },
  ],
});

export const PasskeyPatchBody = z.strictObject({ name: PasskeyName }).meta({ examples: [{ name: 'Laptop kantor' }] });

export const PasskeySignInBody = z
  .strictObject({
    credential: UsedCredential,
    keep: z.boolean().prefault(false).meta({ description: 'True on a device of the own: the session lasts long.' }),
  })
  .meta({
    examples: [
      {
        credential: {
          ...RAW,
          response: { clientDataJSON: 'eyJ0', authenticatorData: 'SZYN', signature: 'MEUC' },
        },
        keep: true,
      },
    ],
  });
