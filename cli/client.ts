import { z } from 'zod';
import { Fault, isFaultCode } from '#model/base/fault.ts';
import type { Secret } from '#model/base/secret.ts';

/** HTTP client of the API. Paths begin with `/v1`. */
export interface Client {
  readonly url: string;
  /** @throws Fault of the API, or `SERVICE_STOPPED` (retry) when nothing listens */
  get<T>(path: string, answer: z.ZodType<T>): Promise<T>;
  /** One page of a list, and the path of the next page from its Link header. */
  page<T>(path: string, answer: z.ZodType<T>): Promise<AnswerPage<T>>;
  post<T>(path: string, body: unknown, answer: z.ZodType<T>): Promise<T>;
  patch<T>(path: string, body: unknown, answer: z.ZodType<T>): Promise<T>;
  put<T>(path: string, body: unknown, answer: z.ZodType<T>): Promise<T>;
  delete<T>(path: string, answer: z.ZodType<T>): Promise<T>;
  /**
   * Streams the text of an answer in a media type; with a body, of a POST.
   * @throws Fault of the API, or `SERVICE_STOPPED` (retry) when the service ends before its answer
   */
  stream(path: string, mediaType: string, body?: unknown): AsyncIterable<Uint8Array>;
}

export interface AnswerPage<T> {
  readonly answer: T;
  /** Undefined after the last page. */
  readonly next: string | undefined;
}

/** Problem document of RFC 9457. */
const Problem = z.object({ title: z.string().optional(), detail: z.string().optional(), code: z.string().optional() });

const faultOf = async (response: Response): Promise<Fault> => {
  const problem = Problem.safeParse(await response.json().catch(() => undefined)).data;
  const code = problem?.code ?? '';
  const detail = problem?.detail ?? `status ${response.status}`;
  return new Fault(isFaultCode(code) ? code : 'REQUEST_INVALID', detail, { retry: response.status === 503 });
};

const codeOf = (error: unknown): unknown =>
  error instanceof Error && error.cause instanceof Error && 'code' in error.cause ? error.cause.code : undefined;

export const makeClient = (url: string, token: Secret): Client => {
  const call = async (path: string, init: RequestInit): Promise<Response> => {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${token.reveal()}`);
    const response = await fetch(`${url}${path}`, { ...init, headers }).catch((cause: unknown) => {
      const why = codeOf(cause) === 'ECONNREFUSED' ? 'nothing listens there' : String(codeOf(cause) ?? cause);
      throw new Fault('SERVICE_STOPPED', `${url}: ${why}; start it with "klawing up"`, { cause, retry: true });
    });
    if (!response.ok) throw await faultOf(response);
    return response;
  };
  const change = async <T>(method: string, path: string, body: unknown, answer: z.ZodType<T>): Promise<T> => {
    const headers = { 'content-type': 'application/json' };
    return answer.parse(await (await call(path, { method, headers, body: JSON.stringify(body) })).json());
  };
  return {
    url,
    get: async (path, answer) => answer.parse(await (await call(path, { method: 'GET' })).json()),
    page: async (path, answer) => {
      const response = await call(path, { method: 'GET' });
      const next = /<([^>]+)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
      return { answer: answer.parse(await response.json()), next };
    },
    post: async (path, body, answer) => {
      const headers = { 'content-type': 'application/json' };
      const response = await call(path, { method: 'POST', headers, body: JSON.stringify(body) });
      return answer.parse(response.status === 204 ? undefined : await response.json());
    },
    patch: (path, body, answer) => change('PATCH', path, body, answer),
    put: (path, body, answer) => change('PUT', path, body, answer),
    delete: async (path, answer) => answer.parse(await (await call(path, { method: 'DELETE' })).json()),
    async *stream(path, mediaType, given) {
      const init =
        given === undefined
          ? { method: 'GET', headers: { accept: mediaType } }
          : {
              method: 'POST',
              headers: { accept: mediaType, 'content-type': 'application/json' },
              body: JSON.stringify(given),
            };
      const { body } = await call(path, init);
      try {
        if (body !== null) yield* body;
      } catch (cause) {
        const detail = `${url} ended in the middle of its answer; see the log of the service, then try again`;
        throw new Fault('SERVICE_STOPPED', detail, { cause, retry: true });
      }
    },
  };
};
