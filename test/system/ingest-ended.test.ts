import { readFileSync, unlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { POSITION_FILE } from '#journal/format/position.ts';
import { openDataFolder } from '#runtime/data-folder.ts';
import { eventually } from '#test/support/eventually.ts';
import { freePort } from '#test/support/servers/free-port.ts';
import { fillSlowly, JOURNALS, segmentsOf, startWriter } from '#test/support/builders/journals.ts';
import { startKlawing } from '#test/support/servers/klawing.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

const [segments] = JOURNALS;
if (segments === undefined) throw new Error('there is no journal');

/** A data folder whose journal holds twenty entries in several segments, and how ingest is started on it. */
const filled = async () => {
  const folder = tempFolder();
  const { journal } = openDataFolder(`${folder}/data`);
  const writer = await startWriter(segments, journal, { segmentBytes: 500 });
  await fillSlowly(writer, 1, 20);
  await writer.stop();
  const port = await freePort();
  const env = { KLAWING_DATA: `${folder}/data`, KLAWING_HTTP_PORT: String(port) };
  const start = () => {
    const ingest = startKlawing(['ingest'], { folder, env });
    onTestFinished(() => ingest.destroy());
    return ingest;
  };
  return { journal, data: `${folder}/data`, port, start };
};

/** A request that does not end: it holds up the stop of the API. */
const beginRequest = (port: number, token: string): void => {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => undefined);
  const head = [
    'POST /v1/stations HTTP/1.1',
    'Host: x',
    `Authorization: Bearer ${token}`,
    'Content-Type: application/json',
  ];
  socket.write(`${[...head, 'Content-Length: 100'].join('\r\n')}\r\n\r\n{`);
};

describe('an ingest that cannot read its journal any more ends and says why', () => {
  test('where entries are gone that it needs', async () => {
    const { journal, start } = await filled();
    const [oldest = ''] = segmentsOf(journal);
    unlinkSync(oldest);
    const ingest = start();
    expect(await ingest.ended).toEqual({ status: 1, signal: null });
    expect(ingest.err()).toContain('JOURNAL_TRIMMED');
  });

  test('where the journal is taken away while it runs', async () => {
    const { journal, start } = await filled();
    const ingest = start();
    await eventually(() => expect(ingest.err()).toContain('ingest ready'));
    unlinkSync(`${journal}/${POSITION_FILE}`);
    expect(await ingest.ended).toEqual({ status: 1, signal: null });
    expect(ingest.err()).toContain('JOURNAL_FOREIGN');
  });

  test('and says it before the port is closed', async () => {
    const { journal, data, port, start } = await filled();
    const ingest = start();
    await eventually(() => expect(ingest.err()).toContain('ingest ready'));
    beginRequest(port, readFileSync(`${data}/operator.token`, 'utf8').trim());
    // the request is under way
    await fetch(`http://127.0.0.1:${port}/healthz`);
    unlinkSync(`${journal}/${POSITION_FILE}`);
    await eventually(() => expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow());
    await eventually(() => expect(ingest.err()).toMatch(/ingest ends after a failure|JOURNAL_FOREIGN/));
    expect(ingest.isRunning()).toBe(true);
    expect(ingest.err()).toContain('"code":"JOURNAL_FOREIGN"');
  });
});
