import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** A secret in memory. It prints as hidden wherever it lands: in a log line, a template, JSON or the inspector. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The only way to the text. Call it where the secret is used, and nowhere else. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return '[hidden]';
  }

  toJSON(): string {
    return '[hidden]';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[hidden]';
  }
}

/** A secret that a person chose needs at least this many characters. */
export const CHOSEN_SECRET_LENGTH = 16;

/** A machine-made secret: 160 random bits, in characters that every firmware can hold in a string. */
export const makeSecret = (): Secret => new Secret(randomBytes(20).toString('base64url'));

/**
 * The stored hash of a device's secret: HMAC-SHA-256 under a key of this installation. Fast on purpose: a machine-made
 * secret cannot be guessed, and a slow hash would let a flood of connects stall the journal's syncs.
 */
export const hashSecret = (key: Buffer, secret: string | Buffer): Buffer =>
  createHmac('sha256', key).update(secret).digest();

/** Compares in constant time; hashes of other lengths never match. */
export const isSameHash = (a: Uint8Array, b: Uint8Array): boolean =>
  a.byteLength === b.byteLength && timingSafeEqual(a, b);
