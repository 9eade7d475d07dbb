import { Aedes } from 'aedes';
import { describe, expect, test } from 'vitest';
import { systemClock } from '#model/base/clock.ts';
import { Acknowledger } from '#broker/publish/acknowledger.ts';
import { createCounts } from '#broker/metrics/counts.ts';
import { createControlCalls } from '#broker/control/calls.ts';
import { OtherVersions } from '#broker/mqtt/other-versions.ts';
import { Sessions } from '#broker/publish/session.ts';
import { memoryCredentials } from '#test/support/fakes/memory-credentials.ts';
import { memoryJournal } from '#test/support/fakes/memory-journal.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';

const publishAfter = async (how: { readonly isStopping: boolean; readonly isClosed: boolean }) => {
  const aedes = await Aedes.createBroker();
  const journal = memoryJournal();
  const credentials = memoryCredentials({});
  const calls = createControlCalls({
    aedes,
    journal,
    credentials,
    clock: systemClock,
    counts: createCounts(),
    otherVersions: new OtherVersions(),
    recentRefusals: { all: () => [], of: () => [] },
    sessions: new Sessions(credentials, { filtersPerConnection: 1, connectionsPerIdentity: 16 }),
    acknowledger: new Acknowledger({ journal, clock: systemClock, log: silentLog() }),
    metrics: { text: () => Promise.resolve('') },
    persistence: { withdraw: () => Promise.resolve(), synced: () => Promise.resolve() },
    isStopping: () => how.isStopping,
    stopping: new AbortController().signal,
  });
  if (how.isClosed) await new Promise<void>((resolve) => aedes.close(resolve));
  const query = new URLSearchParams({ topic: 'v1/air-07/config', qos: '1', retain: 'false' });
  try {
    return await calls['POST /publish']?.({ query, body: Buffer.from('{}') });
  } finally {
    if (!how.isClosed) await new Promise<void>((resolve) => aedes.close(resolve));
  }
};

describe('a publish of ingest', () => {
  test('is answered after the engine has accepted it', async () => {
    expect(await publishAfter({ isStopping: false, isClosed: false })).toEqual({ status: 204 });
  });

  test.for([
    ['is refused with a retry while the broker stops', { isStopping: true, isClosed: false }],
    ['that the engine cannot take any more is put off, and ends no process', { isStopping: false, isClosed: true }],
  ] as const)('%s', async ([, how]) => {
    await expect(publishAfter(how)).rejects.toMatchObject({ name: 'Fault', code: 'SERVICE_STOPPED', retry: true });
  });
});
