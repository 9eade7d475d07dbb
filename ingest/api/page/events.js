/**
 * Reads server-sent events with a token, which the browser's own EventSource cannot send. Calls back for each event;
 * ends when the line breaks, so that the caller can begin again.
 */
export const readEvents = async (url, headers, onOpen, onEvent) => {
  const response = await fetch(url, { headers: { ...headers, accept: 'text/event-stream' } });
  if (!response.ok || response.body === null) throw new Error(`status ${response.status}`);
  onOpen();
  let rest = '';
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    const blocks = (rest + chunk.value).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const data = block.split('\n').filter((line) => line.startsWith('data: '));
      if (data.length > 0) onEvent(JSON.parse(data.map((line) => line.slice(6)).join('\n')));
    }
  }
};
