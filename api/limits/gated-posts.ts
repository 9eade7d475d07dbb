import type { FastifyReply, FastifyRequest } from 'fastify';
import { Fault } from '#model/base/fault.ts';
import { namedIn } from '#api/server/access.ts';
import type { Api } from '#api/route.ts';
import { type BodyDecoder, encodingOf, ENCODINGS } from './body-decoder.ts';
import type { Bytes, PostGate } from './post-gate.ts';
import type { Post } from './posts-under-way.ts';

/** Admission of HTTP bodies, and their decoder; shared by all routes. */
export interface Intake {
  readonly gate: PostGate;
  readonly decoder: BodyDecoder;
}

/** Posts of some routes, each after its admission. */
export interface GatedPosts {
  /**
   * Passes the decoded body on. After a disconnect the journal may still be writing the post.
   * @param sender whose rate the post counts for
   * @throws Fault `PAYLOAD_EMPTY`, `PAYLOAD_TOO_LARGE`, `ENCODING_UNREADABLE`, `SERVICE_BUSY` (retry)
   */
  handOver<T>(request: FastifyRequest, sender: string, call: (payload: Uint8Array) => Promise<T>): Promise<T>;
}

/** Sender of a post: the device or the gateway of the path. */
const senderOf = (request: FastifyRequest): string => namedIn(request, 'device') || namedIn(request, 'gateway');

/** Size of the body by the header; without one the largest size is assumed. */
const bytesOf = ({ headers }: FastifyRequest, most: number): Bytes => {
  const announced = headers['content-length'];
  if (announced === undefined) return { declared: 0, most };
  const bytes = Math.min(Number(announced), most);
  return { declared: bytes, most: bytes };
};

const NOTHING = new Uint8Array();

/**
 * Refuses a post that is invalid by its header alone.
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

/** Returns the bytes for the journal. Counts unannounced bytes in the rate, and decoded bytes in memory. */
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

/** Admits the posts of every route of this context. Their bodies are taken as plain bytes. */
export const gatePosts = (plain: Api, { gate, decoder }: Intake): GatedPosts => {
  const posts = new WeakMap<FastifyRequest, Post>();

  plain.addHook('onRequest', async (request, reply) => {
    checkHeader(request, reply);
    const disconnected = new AbortController();
    reply.raw.once('close', () => disconnected.abort());
    const post = await gate.enter(senderOf(request), bytesOf(request, decoder.limit), disconnected.signal);
    posts.set(request, post);
    if (disconnected.signal.aborted) post.leave();
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
