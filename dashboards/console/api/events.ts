import { seconds } from '#dashboards/console/time/clock.ts';
import type { Alert, State } from './types.ts';
import { RefusedRequest, request } from './client.ts';
import { startSilenceLimit } from './silence.ts';

/** The API sends a comment every 5 seconds: three missing ones are a line that is dead. */
const QUIET = seconds(16);

export interface EventListener {
  readonly opened: () => void;
  readonly state: (state: State) => void;
  readonly alert: (alert: Alert) => void;
}

/**
 * Reads server-sent events until the line breaks. The browser's own EventSource hides the status of a refusal, so this is one
 * over fetch.
 * @throws Refusal for every status but 200; TypeError without an answer
 */
export const readEvents = async (path: string, listener: EventListener, signal: AbortSignal): Promise<void> => {
  const limit = startSilenceLimit(QUIET);
  try {
    const response = await request(path, {
      headers: { accept: 'text/event-stream' },
      signal: AbortSignal.any([signal, limit.signal]),
    });
    if (!response.ok || response.body === null) throw new RefusedRequest(response.status, await response.text());
    listener.opened();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      limit.heard();
      const blocks = (rest + chunk.value).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) dispatch(block, listener);
    }
  } finally {
    limit.stop();
  }
};

const dispatch = (block: string, listener: EventListener): void => {
  const lines = block.split('\n');
  const field = (name: string): readonly string[] =>
    lines.filter((line) => line.startsWith(`${name}: `)).map((line) => line.slice(name.length + 2));
  const data = field('data');
  const [name] = field('event');
  if (name === 'state') listener.state(JSON.parse(data.join('\n')));
  if (name === 'alert') listener.alert(JSON.parse(data.join('\n')));
};
