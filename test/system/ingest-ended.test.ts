import { unlinkSync } from 'node:fs';
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
  const env = { KLAWING_DATA: `${folder}/data`, KLAWING_HTTP_PORT: String(await freePort()) };
  const start = () => {
    const ingest = startKlawing(['ingest'], { folder, env });
    onTestFinished(() => ingest.destroy());
    return ingest;
  };
  return { journal, start };
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
});
