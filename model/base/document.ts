import { z } from 'zod';
import { type Duration, formatDuration, parseDuration } from './duration.ts';
import { type Instant, formatInstant, parseInstant } from './instant.ts';

/** A moment in a document: RFC 3339, UTC, milliseconds. */
export const Time = z.string().meta({ format: 'date-time', examples: ['2026-11-24T03:00:00.000Z'] });

/** The last moment of the year 9999, the last that RFC 3339 can write. */
const LAST_INSTANT = 253_402_300_799_999;

/** Reads RFC 3339, or milliseconds since 1970; undefined for anything else. */
export const readInstant = (text: string): Instant | undefined => {
  if (!/^\d+$/.test(text)) return parseInstant(text);
  const ms = Number(text);
  return ms <= LAST_INSTANT ? ms : undefined;
};

const INSTANT = z.number();
const DURATION = z.custom<Duration>((value) => typeof value === 'object' && value !== null && 'ms' in value);

/** A member that is an instant in the program and RFC 3339 in a document. */
export const InstantMember = z.codec(Time, INSTANT, {
  decode: (text, context) => {
    const at = readInstant(text);
    if (at !== undefined) return at;
    context.issues.push({
      code: 'custom',
      input: text,
      message: 'no RFC 3339 date-time with offset and no milliseconds since 1970',
    });
    return z.NEVER;
  },
  encode: formatInstant,
});

const NOT_A_DURATION = 'no span of time of a second or more';

/** A member that is a duration in the program and a text such as `60s` in a document. */
export const DurationMember = z.codec(z.string().meta({ examples: ['60s'] }), DURATION, {
  decode: (text, context) => {
    const span = parseDuration(text);
    if (span !== undefined) return span;
    context.issues.push({ code: 'custom', input: text, message: NOT_A_DURATION });
    return z.NEVER;
  },
  encode: formatDuration,
});

/** A member that holds bytes; it has no place in a document. */
export const BytesMember = z.custom<Uint8Array>((value) => value instanceof Uint8Array);

/** True for members made from `InstantMember`. */
export const isInstantMember = (member: unknown): boolean => member instanceof z.ZodCodec && member.def.out === INSTANT;

/** True for members made from `DurationMember`. */
export const isDurationMember = (member: unknown): boolean =>
  member instanceof z.ZodCodec && member.def.out === DURATION;

/** True for `z.literal(true).exactOptional()`: true or absent in the program, a boolean in documents. */
export const isMark = (member: unknown): boolean =>
  member instanceof z.ZodExactOptional && member.def.innerType instanceof z.ZodLiteral;

type Snake<Name extends string> = Name extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${Snake<Rest>}`
  : Name;

type Kept<Member> = Member extends z.ZodType ? Member : never;

/**
 * The schema of a member in a document. A member with `.optional()` is null in a document where it is undefined; one with
 * `.exactOptional()` is absent where it is absent.
 */
type DocumentMember<Member> =
  Member extends z.ZodCodec<infer Text, infer _>
    ? Text
    : Member extends z.ZodExactOptional<z.ZodLiteral<true>>
      ? z.ZodBoolean
      : Member extends z.ZodExactOptional<infer Inner>
        ? z.ZodOptional<Kept<DocumentMember<Inner>>>
        : Member extends z.ZodOptional<infer Inner>
          ? z.ZodNullable<Kept<DocumentMember<Inner>>>
          : Member extends z.ZodReadonly<infer Inner>
            ? DocumentMember<Inner>
            : Member extends z.ZodArray<infer Inner>
              ? z.ZodArray<Kept<DocumentMember<Inner>>>
              : Member extends z.ZodObject<infer Shape>
                ? z.ZodObject<DocumentShape<Shape>>
                : Member;

type DocumentShape<Shape> = {
  -readonly [Name in keyof Shape & string as Snake<Name>]: Kept<DocumentMember<Shape[Name]>>;
};

type BodyMember<Member> =
  Member extends z.ZodExactOptional<z.ZodLiteral<true>>
    ? z.ZodOptional<z.ZodBoolean>
    : Member extends z.ZodExactOptional<infer Inner>
      ? z.ZodOptional<Kept<BodyMember<Inner>>>
      : Member extends z.ZodReadonly<infer Inner>
        ? BodyMember<Inner>
        : Member;

type BodyShape<Shape> = {
  -readonly [Name in keyof Shape & string as Snake<Name>]: Kept<BodyMember<Shape[Name]>>;
};

type PatchMember<Member> =
  Member extends z.ZodExactOptional<infer Inner>
    ? z.ZodOptional<z.ZodNullable<Kept<BodyMember<Inner>>>>
    : z.ZodOptional<Kept<BodyMember<Member>>>;

type PatchShape<Shape> = {
  -readonly [Name in keyof Shape & string as Snake<Name>]: Kept<PatchMember<Shape[Name]>>;
};

/** `registeredAt` becomes `registered_at`. */
export const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Title, description and examples of one schema, put on another. */
const described = (to: z.ZodType, from: z.ZodType): z.ZodType => {
  const meta = from.meta();
  if (to === from || meta === undefined) return to;
  const { id: _, ...rest } = meta;
  return to.meta({ ...to.meta(), ...rest });
};

/** A schema inside another one, which zod gives as the type of its core. */
export const typeOf = (schema: unknown): z.ZodType => {
  if (schema instanceof z.ZodType) return schema;
  throw new TypeError('a member is not made by zod');
};

const documentMember = (member: z.ZodType): z.ZodType => {
  const inner = (schema: unknown): z.ZodType => documentMember(typeOf(schema));
  if (member instanceof z.ZodCodec) return described(typeOf(member.def.in), member);
  if (isMark(member)) return described(z.boolean(), member);
  if (member instanceof z.ZodExactOptional) return described(inner(member.def.innerType).optional(), member);
  if (member instanceof z.ZodOptional) return described(inner(member.def.innerType).nullable(), member);
  if (member instanceof z.ZodReadonly) return described(inner(member.def.innerType), member);
  if (member instanceof z.ZodArray) return described(z.array(inner(member.def.element)), member);
  if (member instanceof z.ZodObject) return described(documentOf(member), member);
  return member;
};

/** The document of a thing: members in snake case, instants as RFC 3339, durations as text. */
export function documentOf<Shape extends z.ZodRawShape>(thing: z.ZodObject<Shape>): z.ZodObject<DocumentShape<Shape>>;
export function documentOf(thing: z.ZodObject): z.ZodObject {
  return z.object(
    Object.fromEntries(
      Object.entries(thing.shape).map(([name, member]) => [snakeCase(name), documentMember(typeOf(member))]),
    ),
  );
}

type EncodeMember = (value: unknown) => unknown;

const asIs: EncodeMember = (value) => value;

const encodingOf = (member: z.ZodType): EncodeMember => {
  if (isInstantMember(member) || isDurationMember(member)) return (value) => z.encode(member, value);
  if (isMark(member)) return (value) => value === true;
  if (member instanceof z.ZodExactOptional || member instanceof z.ZodReadonly) {
    return encodingOf(typeOf(member.def.innerType));
  }
  if (member instanceof z.ZodOptional) {
    const encode = encodingOf(typeOf(member.def.innerType));
    return (value) => (value === undefined ? null : encode(value));
  }
  if (member instanceof z.ZodArray) {
    const encode = encodingOf(typeOf(member.def.element));
    return (value) => (Array.isArray(value) ? value.map(encode) : value);
  }
  if (member instanceof z.ZodObject) {
    const encode = encodingAll(member);
    return (value) => (typeof value === 'object' && value !== null ? encode(value) : value);
  }
  return asIs;
};

const encodingAll = (thing: z.ZodObject): ((value: object) => object) => {
  const members = Object.entries(thing.shape).map(([name, schema]) => {
    const member = typeOf(schema);
    const isAbsent = member instanceof z.ZodExactOptional && !isMark(member);
    return { name, key: snakeCase(name), isAbsent, encode: encodingOf(member) };
  });
  return (value) => {
    const document: Record<string, unknown> = {};
    for (const { name, key, isAbsent, encode } of members) {
      const given: unknown = Reflect.get(value, name);
      if (given !== undefined || !isAbsent) document[key] = encode(given);
    }
    return document;
  };
};

/** Writes a thing as its document. Members that the thing does not describe are left out. */
export function describing<Shape extends z.ZodRawShape>(
  thing: z.ZodObject<Shape>,
): (value: Readonly<z.infer<z.ZodObject<Shape>>>) => z.infer<z.ZodObject<DocumentShape<Shape>>>;
export function describing(thing: z.ZodObject): (value: never) => object {
  return encodingAll(thing);
}

const isWholeSeconds = ({ ms }: Duration): boolean => ms >= 1_000 && Number.isInteger(ms);

const bodyMember = (member: z.ZodType): z.ZodType => {
  if (isDurationMember(member)) return described(DurationMember.refine(isWholeSeconds, NOT_A_DURATION), member);
  if (isMark(member)) return described(z.boolean().optional(), member);
  if (member instanceof z.ZodExactOptional) {
    return described(bodyMember(typeOf(member.def.innerType)).optional(), member);
  }
  return member instanceof z.ZodReadonly ? described(bodyMember(typeOf(member.def.innerType)), member) : member;
};

/** Members of a body that sets members of a thing; it is parsed to values of the program under names in snake case. */
export function bodyOf<Shape extends z.ZodRawShape>(thing: z.ZodObject<Shape>): BodyShape<Shape>;
export function bodyOf(thing: z.ZodObject): Record<string, z.ZodType> {
  return Object.fromEntries(
    Object.entries(thing.shape).map(([name, member]) => [snakeCase(name), bodyMember(typeOf(member))]),
  );
}

const patchMember = (member: z.ZodType): z.ZodType => {
  const body = bodyMember(member);
  if (!(body instanceof z.ZodOptional)) return described(body.optional(), body);
  const meta = body.meta() ?? {};
  const description = `${String(meta['description'] ?? '')} null takes it away.`.trim();
  return body
    .nullable()
    .optional()
    .meta({ ...meta, description });
};

/** Members of a body that changes members of a thing: each is optional, and null takes one away that a thing may lack. */
export function patchOf<Shape extends z.ZodRawShape>(thing: z.ZodObject<Shape>): PatchShape<Shape>;
export function patchOf(thing: z.ZodObject): Record<string, z.ZodType> {
  return Object.fromEntries(
    Object.entries(thing.shape).map(([name, member]) => [snakeCase(name), patchMember(typeOf(member))]),
  );
}

/**
 * A thing with the members that a body gives in place of its own. A member that is null, or the false of a mark, is taken
 * away; one that the body does not give stays.
 */
export function withMembers<T extends object>(thing: z.ZodObject, known: T, body: object): T;
export function withMembers(thing: z.ZodObject, known: object, body: object): object {
  const members = new Map<string, unknown>(Object.entries(known));
  for (const [name, member] of Object.entries(thing.shape)) {
    const given: unknown = Reflect.get(body, snakeCase(name));
    if (given === null || (given === false && isMark(member))) members.delete(name);
    else if (given !== undefined) members.set(name, given);
  }
  return Object.fromEntries(members);
}
