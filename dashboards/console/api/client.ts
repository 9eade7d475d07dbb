import { startSilenceLimit } from './silence.ts';
import { minutes, setTimeFrom, seconds, type TimeSpan } from '#dashboards/console/time/clock.ts';

const TIMEOUT = seconds(30);
/** The longest silence of a document that is read: a page has to say within 20 seconds that the service does not answer. */
const QUIET = seconds(12);
/** Time limit of a document of which something keeps coming, over a slow line. */
const SLOW = minutes(2);

/** A refusal of the API: its status, and the detail and the code of its problem document. */
export class RefusedRequest extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly code: string | undefined;
  /** The member of the body that is refused. */
  readonly member: string | undefined;

  constructor(status: number, detail: string, code?: string, member?: string) {
    super(detail);
    this.status = status;
    this.code = code;
    this.member = member;
  }
}

/** Sends a request and returns the answer, which sets the time of the page. @throws TypeError without an answer */
export const request = async (path: string, init: RequestInit): Promise<Response> => {
  const response = await fetch(path, init);
  setTimeFrom(response.headers);
  return response;
};

/** Sends a request with a time limit. @throws Refusal for each status but 2xx; TypeError without an answer */
export const call = async (path: string, init: RequestInit = {}, within: TimeSpan = TIMEOUT): Promise<Response> => {
  const bound = AbortSignal.timeout(within.ms);
  const response = await request(path, {
    ...init,
    signal: init.signal ? AbortSignal.any([init.signal, bound]) : bound,
  });
  if (!response.ok) throw await refusalOf(response);
  return response;
};

/** Reads a document; its shape is what the API describes under this path. */
export const read = <T>(path: string, signal?: AbortSignal): Promise<T> => readAnswer(path, {}, signal);

/** Sends a document and reads the answer. */
export const exchange = async <T>(
  method: string,
  path: string,
  body: object = {},
  signal?: AbortSignal,
): Promise<T> => {
  const headers = { 'content-type': 'application/json' };
  return readAnswer(path, { method, headers, body: JSON.stringify(body) }, signal);
};

/** The document of an answer that may take long, but must not fall silent. */
const readAnswer = async <T>(path: string, init: RequestInit, signal?: AbortSignal): Promise<T> => {
  const limit = startSilenceLimit(QUIET);
  try {
    const signals = signal === undefined ? [limit.signal] : [signal, limit.signal];
    const response = await call(path, { ...init, signal: AbortSignal.any(signals) }, SLOW);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    for (let chunk = await reader?.read(); chunk !== undefined && !chunk.done; chunk = await reader?.read()) {
      limit.heard();
      text += chunk.value;
    }
    return JSON.parse(text);
  } finally {
    limit.stop();
  }
};

/** One page of a document, and the path of the next; undefined at the last. */
export interface FollowedPage<T> {
  readonly document: T;
  readonly next: string | undefined;
}

/** Reads a page: what is behind it is led to by its Link header. */
export const readPage = async <T>(path: string, signal: AbortSignal): Promise<FollowedPage<T>> => {
  const response = await call(path, { signal });
  const next = /<([^>]+)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
  return { document: await response.json(), next };
};

/** Reads all pages of a document, one behind the other. */
export const readPages = async <T>(path: string, signal: AbortSignal): Promise<readonly T[]> => {
  const documents: T[] = [];
  let at: string | undefined = path;
  while (at !== undefined) {
    const page: FollowedPage<T> = await readPage(at, signal);
    documents.push(page.document);
    at = page.next;
  }
  return documents;
};

export const send = async (method: 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<void> => {
  const json =
    body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  await call(path, { method, ...json });
};

const refusalOf = async (response: Response): Promise<RefusedRequest> => {
  const text = await response.text();
  try {
    const problem: unknown = JSON.parse(text);
    const member = (name: string): string | undefined => {
      const value: unknown = typeof problem === 'object' && problem !== null ? Reflect.get(problem, name) : undefined;
      return typeof value === 'string' ? value : undefined;
    };
    return new RefusedRequest(response.status, member('detail') ?? '', member('code'), member('member'));
  } catch {
    return new RefusedRequest(response.status, '');
  }
};
