import type { z } from 'zod';
import { FailureLine } from '#api/progress-stream.ts';
import type { Client } from '#cli/client.ts';
import { Fault, isFaultCode } from '#model/base/fault.ts';

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

/** Fault for an answer that ends before its result. */
export const brokenOff = (): Fault =>
  new Fault('STORE_FAILED', 'the work stopped before its end; see the log of the service', { retry: true });

/**
 * Progress lines of a long task, and its result as the last one. With a body, of a POST.
 * @throws Fault of the service when the task fails
 */
export const progressOf = async function* <T>(
  client: Client,
  path: string,
  line: z.ZodType<T>,
  body?: unknown,
): AsyncIterable<T> {
  for await (const text of lines(client.stream(path, 'application/x-ndjson', body))) {
    const given: unknown = JSON.parse(text);
    const failure = FailureLine.safeParse(given).data;
    if (failure !== undefined)
      throw new Fault(isFaultCode(failure.code) ? failure.code : 'STORE_FAILED', failure.detail);
    yield line.parse(given);
  }
};

/** Result of a long task; `onLine` is called with every line. */
export const resultOf = async <T>(answers: AsyncIterable<T>, onLine: (line: T) => void): Promise<T> => {
  let last: T | undefined;
  for await (const line of answers) {
    last = line;
    onLine(line);
  }
  if (last === undefined) throw brokenOff();
  return last;
};
