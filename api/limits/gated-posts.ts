import type { FastifyReply, FastifyRequest } from 'fastify';
import { Fault } from '#model/base/fault.ts';
import { namedIn } from '#api/server/access.ts';
import type { Api } from '#api/route.ts';
import { type BodyDecoder, encodingOf, ENCODINGS } from './body-decoder.ts';
import type { Bytes, PostGate } from './post-gate.ts';
import type { Post } from './posts-under-way.ts';

/** The gate in front of HTTP bodies, and their decoder; one for all routes. */
export interface Intake {
  readonly gate: PostGate;
  readonly decoder: BodyDecoder;
}

/** The posts of some routes, each behind the gate. */
export interface GatedPosts {
  /**
   * Hands the body over, decoded. A client that has gone leaves its post to the journal, which may still be at it.
   * @param sender whose rate the post is of
   * @throws Fault `PAYLOAD_EMPTY`, `PAYLOAD_TOO_LARGE`, `ENCODING_UNREADABLE`, `SERVICE_BUSY` (retry)
   */
  handOver<T>(request: FastifyRequest, sender: string, call: (payload: Uint8Array) => Promise<T>): Promise<T>;
}

/** Whose post it is: the device or the gateway of the path. */
const senderOf = (request: FastifyRequest): string => namedIn(request, 'device') || namedIn(request, 'gateway');

/** What the header says of the body; one that says nothing may be as large as any. */
const bytesOf = ({ headers }: FastifyRequest, most: number): Bytes => {
  const announced = headers['content-length'];
  if (announced === undefined) return { declared: 0, most };
  const bytes = Math.min(Number(announced), most);
  return { declared: bytes, most: bytes };
};

const NOTHING = new Uint8Array();

/**
 * Refuses a post that its header alone makes impossible to take.
 * @throws Fault `LENGTH_MISSING`, `ENCODING_UNKNOWN`
 */
const checkHeader = ({ headers }: FastifyRequest, reply: FastifyReply): void => {
  if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) {
    throw new Fault('LENGTH_MISSING', 'send the readings as the body, with its Content-Length');
  }
  try {
    encodingOf(headers['content-encoding']);
  } catch (error) {
    reply.header('accept-encoding', ENCODINGS.join(', '));
    throw error;
  }
};

interface Received {
  readonly request: FastifyRequest;
  readonly sender: string;
  readonly post: Post | undefined;
}

/** Gives the bytes to be journaled. Counts bytes beyond the announced ones in the rate, and decoded bytes in memory. */
const payloadOf = async ({ request, sender, post }: Received, { gate, decoder }: Intake): Promise<Uint8Array> => {
  const { body, headers } = request;
  const announced = Number(headers['content-length'] ?? 0);
  const given = body instanceof Uint8Array ? body : NOTHING;
  const encoding = encodingOf(headers['content-encoding']);
  if (encoding === undefined || given.byteLength === 0) {
    if (announced === 0) gate.took(sender, given.byteLength);
    return given;
  }
  let bytes = decoder.limit;
  try {
    const payload = await decoder.decode(encoding, given);
    bytes = payload.byteLength;
    if (post !== undefined) gate.decoded(sender, post, bytes);
    return payload;
  } finally {
    // a body that could not be decoded counts as the largest
    gate.took(sender, Math.max(0, bytes - announced));
  }
};

/** Puts the gate before every route of this context, whose bodies are taken as bytes of any kind. */
export const gatePosts = (plain: Api, { gate, decoder }: Intake): GatedPosts => {
  const posts = new WeakMap<FastifyRequest, Post>();

  plain.addHook('onRequest', async (request, reply) => {
    checkHeader(request, reply);
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    const post = await gate.enter(senderOf(request), bytesOf(request, decoder.limit), gone.signal);
    posts.set(request, post);
    if (gone.signal.aborted) post.leave();
    else reply.raw.once('close', () => post.leave());
  });
  plain.removeAllContentTypeParsers();
  plain.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

  return {
    handOver: async (request, sender, call) => {
      const post = posts.get(request);
      post?.hold();
      try {
        const payload = await payloadOf({ request, sender, post }, { gate, decoder });
        if (payload.byteLength === 0) throw new Fault('PAYLOAD_EMPTY', 'send at least one reading');
        return await call(payload);
      } finally {
        post?.leave();
      }
    },
  };
};
