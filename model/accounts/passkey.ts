import { z } from 'zod';
import { BytesMember, InstantMember } from '#model/base/document.ts';
import { humanLine } from '#model/base/human-text.ts';

/** Name that a person gives to a passkey. */
export const PasskeyName = humanLine(60).meta({
  description: 'Name that the person gave it.',
  examples: ['Telepon Sari'],
});

/** A passkey of a person (WebAuthn): the public key of a credential that an authenticator holds. */
export const Passkey = z.object({
  id: z.int(),
  person: z.int(),
  name: PasskeyName,
  /** Identifier of the credential, in base64url. */
  credential: z.string(),
  publicKey: BytesMember,
  /** Uses that the authenticator has counted; 0 where it counts none. */
  counter: z.int(),
  createdAt: InstantMember,
  usedAt: InstantMember.exactOptional().meta({ description: 'Last sign-in with it.' }),
});
export type Passkey = Readonly<z.infer<typeof Passkey>>;

const EncodedBytes = z
  .string()
  .min(1)
  .max(16_384)
  .regex(/^[\w-]+$/, 'bytes in base64url');

const CREDENTIAL = {
  id: EncodedBytes,
  rawId: EncodedBytes,
  type: z.literal('public-key'),
  clientExtensionResults: z.looseObject({}).prefault({}),
};

/** `RegistrationResponseJSON` of WebAuthn: a new credential, with the members that are verified. */
export const NewCredential = z.object({
  ...CREDENTIAL,
  response: z.object({ clientDataJSON: EncodedBytes, attestationObject: EncodedBytes }),
});
export type NewCredential = Readonly<z.infer<typeof NewCredential>>;

/** `AuthenticationResponseJSON` of WebAuthn: a credential that is used, with the members that are verified. */
export const UsedCredential = z.object({
  ...CREDENTIAL,
  response: z.object({ clientDataJSON: EncodedBytes, authenticatorData: EncodedBytes, signature: EncodedBytes }),
});
export type UsedCredential = Readonly<z.infer<typeof UsedCredential>>;
