import type { FastifyRequest } from 'fastify';
import { namedIn } from '#ingest/api/access.ts';
import type { Api } from '#ingest/api/route.ts';
import type { Bytes, PostGate } from './post-gate.ts';
import type { Post } from './posts-under-way.ts';

/** The posts of some routes, each behind the gate. */
export interface GatedPosts {
  /**
   * Hands the body over. A client that has gone leaves its post to the journal, which may still be at it.
   * @param sender whose rate the post is of
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

/** Puts the gate before every route of this context, whose bodies are taken as bytes of any kind. */
export const gatePosts = (plain: Api, gate: PostGate, maxBodyBytes: number): GatedPosts => {
  const posts = new WeakMap<FastifyRequest, Post>();

  plain.addHook('onRequest', async (request, reply) => {
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    const post = await gate.enter(senderOf(request), bytesOf(request, maxBodyBytes), gone.signal);
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
        const payload = request.body instanceof Uint8Array ? request.body : NOTHING;
        if (request.headers['content-length'] === undefined) gate.took(sender, payload.byteLength);
        return await call(payload);
      } finally {
        post?.leave();
      }
    },
  };
};
