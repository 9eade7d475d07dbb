import { z } from 'zod';
import type { Client } from '#cli/client.ts';
import { Fault, isFaultCode } from '#model/base/fault.ts';

const Broken = z.object({ code: z.string(), detail: z.string() });

const lines = async function* (chunks: AsyncIterable<Uint8Array>): AsyncIterable<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = parts.pop() ?? '';
    yield* parts.filter((line) => line !== '');
  }
  if (rest !== '') yield rest;
};

/** What is thrown when an answer ends before its result. */
export const brokenOff = (): Fault =>
  new Fault('STORE_FAILED', 'the work broke off; look into the log of the service', { retry: true });

/**
 * The lines of long work as it goes on, its result last. With a body, of a POST.
 * @throws Fault that the service tells where the work broke off
 */
export const progressOf = async function* <T>(
  client: Client,
  path: string,
  line: z.ZodType<T>,
  body?: unknown,
): AsyncIterable<T> {
  for await (const text of lines(client.stream(path, 'application/x-ndjson', body))) {
    const given: unknown = JSON.parse(text);
    const broken = Broken.safeParse(given).data;
    if (broken !== undefined) throw new Fault(isFaultCode(broken.code) ? broken.code : 'STORE_FAILED', broken.detail);
    yield line.parse(given);
  }
};

/** The last line of long work; `onLine` sees each. */
export const resultOf = async <T>(answers: AsyncIterable<T>, onLine: (line: T) => void): Promise<T> => {
  let last: T | undefined;
  for await (const line of answers) {
    last = line;
    onLine(line);
  }
  if (last === undefined) throw brokenOff();
  return last;
};
