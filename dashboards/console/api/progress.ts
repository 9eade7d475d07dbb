import { minutes } from '#dashboards/console/time/clock.ts';
import { call, RefusedRequest } from './client.ts';

/** Long work is given this long; the service does it to its end all the same. */
const WITHIN = minutes(30);

/** The last line of an answer whose work was interrupted. */
interface Broken {
  readonly code: string;
  readonly detail: string;
}

const isBroken = (line: object): line is Broken => 'code' in line && 'detail' in line;

/**
 * Reads an answer that tells its progress, one JSON object a line, and gives the last, which is the result. With a body
 * it is a POST.
 * @throws Refusal also where the work broke off
 */
export const readProgress = async <T extends object>(
  path: string,
  onLine: (line: T) => void,
  body?: object,
): Promise<T> => {
  const json = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const response = await call(path, body === undefined ? {} : json, WITHIN);
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  let last: T | undefined;
  for (let chunk = await reader?.read(); chunk !== undefined && !chunk.done; chunk = await reader?.read()) {
    const lines = (rest + chunk.value).split('\n');
    rest = lines.pop() ?? '';
    for (const text of lines) {
      const line: T | Broken = JSON.parse(text);
      if (isBroken(line)) throw new RefusedRequest(503, line.detail, line.code);
      last = line;
      onLine(line);
    }
  }
  if (last === undefined) throw new RefusedRequest(503, '', 'SERVICE_STOPPED');
  return last;
};
