import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { Fault } from '#model/base/fault.ts';
import type { ApiSettings } from '#api/settings.ts';
import { CSV_TYPE } from './csv.ts';

/** Chunks prepared ahead of the client. */
const AHEAD = 2;

/** Sends CSV at the speed of the client. The number of exports at one time is bounded. */
export interface Exporter {
  /** Counts an export until its answer ends. @throws Fault `SERVICE_BUSY` (retry) */
  enter(reply: FastifyReply): void;
  /** Waits for the first chunk, so that a failing query is still answered with its fault. */
  send(reply: FastifyReply, text: AsyncIterable<string>, fileName: string): Promise<FastifyReply>;
}

export const makeExporter = (settings: ApiSettings): Exporter => {
  let underWay = 0;
  return {
    enter: (reply) => {
      if (underWay >= settings.maxExports) {
        throw new Fault('SERVICE_BUSY', `${underWay} exports are under way; try again when one has ended`, {
          retry: true,
        });
      }
      underWay += 1;
      reply.raw.once('close', () => {
        underWay -= 1;
      });
    },
    send: async (reply, text, fileName) => {
      const chunks = text[Symbol.asyncIterator]();
      const begun = [await chunks.next(), await chunks.next()];
      const rest = async function* (): AsyncGenerator<string> {
        for (const { done, value } of begun) if (done !== true) yield value;
        yield* { [Symbol.asyncIterator]: () => chunks };
      };
      // a client that reads nothing makes the socket idle, and an idle socket is closed
      reply.raw.setTimeout(settings.stallTimeout.ms);
      return reply
        .header('content-disposition', `attachment; filename="${fileName}"`)
        .type(CSV_TYPE)
        .send(Readable.from(rest(), { highWaterMark: AHEAD }));
    },
  };
};
