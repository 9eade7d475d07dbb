import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startLedgerWorker } from '#ingest/ledger/worker-client.ts';
import { type Clock, systemClock } from '#model/base/clock.ts';
import { hourOf } from '#model/base/instant.ts';
import { milliseconds, seconds } from '#model/base/duration.ts';
import { eventually } from '#test/support/eventually.ts';
import { fill, JOURNALS, startWriter } from '#test/support/builders/journals.ts';
import { packetOf } from '#test/support/builders/packets.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';
import { socketBroker } from '#test/support/servers/socket-broker.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';
import { WAIT } from '#test/support/limits.ts';

const ENTRIES = 2_000;
const HOUR = hourOf(packetOf(1).receivedAt);

/** A journal on disk, a broker's socket that answers what its writer counted, and the thread. */
const start = async (idle = seconds(30)) => {
  const [kind] = JOURNALS;
  if (kind === undefined) throw new Error('there is no journal');
  const journal = tempFolder();
  const writer = await startWriter(kind, journal);
  await fill(writer, 1, ENTRIES);
  const broker = await socketBroker();
  const say = () => broker.answer('/received', 200, JSON.stringify(writer.recent(0, 1e9)));
  say();
  const log = silentLog();
  const thread = startLedgerWorker(
    { journal, socketPath: broker.socketPath, timeout: WAIT, idle },
    { clock: systemClock, log },
  );
  onTestFinished(() => thread.stop());
  const ask = async (after: number) => {
    const { received, waiting } = await thread.count(after, { fromHour: HOUR, toHour: HOUR + 1 });
    const sum = (counts: readonly { readonly count: number }[]) => counts.reduce((all, { count }) => all + count, 0);
    return { through: received.through, received: sum(received.counts), waiting: sum(waiting) };
  };
  return { journal, writer, broker, thread, ask, say, log };
};

describe('the thread that counts for the ledger', () => {
  test('gives what the broker received, and of that what waits behind the cursor', async () => {
    const { writer, ask, say } = await start();
    expect(await ask(0)).toEqual({ through: ENTRIES, received: ENTRIES, waiting: ENTRIES });
    await fill(writer, ENTRIES + 1, ENTRIES + 10);
    say();
    expect(await ask(ENTRIES - 3)).toEqual({ through: ENTRIES + 10, received: ENTRIES + 10, waiting: 13 });
    expect(await Promise.all([ask(5), ask(ENTRIES + 10)])).toMatchObject([{ waiting: ENTRIES + 5 }, { waiting: 0 }]);
  });

  test('is ended when it was not asked for a while, and answers again', async () => {
    const { ask, log } = await start(milliseconds(20));
    for (let round = 1; round <= 2; round += 1) {
      expect(await ask(0)).toMatchObject({ waiting: ENTRIES });
      await eventually(() => expect(log.lines.filter(({ event }) => event.includes('is ended'))).toHaveLength(round));
    }
  });

  test('tells the fault of a broker that is away, and answers again when it is back', async () => {
    const { broker, ask } = await start();
    await broker.goAway();
    await expect(ask(0)).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE', retry: true });
    await broker.comeBack();
    expect(await ask(0)).toMatchObject({ waiting: ENTRIES });
  });

  test('tells a fault when counts outgrow its memory, to everyone who waits, and answers again', async () => {
    const journal = tempFolder();
    const [kind] = JOURNALS;
    if (kind === undefined) throw new Error('there is no journal');
    const writer = await startWriter(kind, journal);
    await fill(writer, 1, 10);
    const counts = Array.from({ length: 40_000 }, (_, i) => [`a-device-of-a-large-fleet-${i}`, 1]);
    mkdirSync(`${journal}/received`, { recursive: true });
    for (let hour = HOUR - 30; hour < HOUR - 10; hour += 1) {
      writeFileSync(
        `${journal}/received/${hour}.json`,
        JSON.stringify({ journal: writer.id, hour, through: 1, counts }),
      );
    }
    const broker = await socketBroker();
    broker.answer('/received', 200, JSON.stringify(writer.recent(0, 1e9)));
    const place = { journal, socketPath: broker.socketPath, timeout: WAIT, memory: 48 };
    const thread = startLedgerWorker(place, { clock: systemClock, log: silentLog() });
    onTestFinished(() => thread.stop());
    const much = thread.count(0, { fromHour: HOUR - 40, toHour: HOUR });
    const little = thread.count(0, { fromHour: HOUR, toHour: HOUR });
    const outcomes = await Promise.allSettled([much, little]);
    expect(outcomes[0]).toMatchObject({ reason: { code: 'SERVICE_BUSY', retry: true } });
    expect(await thread.count(0, { fromHour: HOUR, toHour: HOUR })).toMatchObject({ waiting: [{ count: 10 }] });
  });

  test.for([
    ['is a folder', 'JOURNAL_UNREADABLE', (path: string) => mkdirSync(path)],
    ['cannot be understood', 'JOURNAL_DAMAGED', (path: string) => writeFileSync(path, '{"id":')],
  ] as const)('tells an outage while the file that names the journal %s, and answers again', async ([, code, harm]) => {
    const { journal, ask } = await start();
    renameSync(`${journal}/journal.json`, `${journal}/aside`);
    harm(`${journal}/journal.json`);
    const outcomes = await Promise.allSettled([ask(0), ask(1)]);
    const outage = { status: 'rejected', reason: { name: 'Fault', code, retry: true } };
    expect(outcomes).toMatchObject([outage, outage]);
    rmSync(`${journal}/journal.json`, { recursive: true });
    renameSync(`${journal}/aside`, `${journal}/journal.json`);
    expect(await ask(0)).toMatchObject({ waiting: ENTRIES });
  });

  test('is not given up for what the thread before it still had to say', async () => {
    const folder = tempFolder();
    const [held, ended] = [join(folder, 'held'), join(folder, 'ended')];
    const fails = `import { existsSync, writeFileSync } from 'node:fs';
      import { parentPort } from 'node:worker_threads';
      process.on('exit', () => writeFileSync(${JSON.stringify(ended)}, ''));
      parentPort.on('message', ({ id, after }) => {
        parentPort.postMessage({ id, arrivals: { received: { journal: 'j', through: after, counts: [] }, waiting: [] } });
        if (after !== 1) return;
        const nothing = new Int32Array(new SharedArrayBuffer(4));
        while (!existsSync(${JSON.stringify(held)})) Atomics.wait(nothing, 0, 0, 5);
        throw new Error('the last words of a thread');
      });`;
    const program = new URL(`data:text/javascript,${encodeURIComponent(fails)}`);
    const rests: (() => void)[] = [];
    const clock: Clock = {
      ...systemClock,
      after: (_span, call) => {
        rests.push(call);
        return { stop: () => undefined };
      },
    };
    const place = { journal: 'none', socketPath: 'none', timeout: WAIT, program };
    const thread = startLedgerWorker(place, { clock, log: silentLog() });
    onTestFinished(() => thread.stop());
    const hours = { fromHour: HOUR, toHour: HOUR };
    await thread.count(1, hours);
    // until the other has failed; its error waits for the event loop, which this test holds
    writeFileSync(held, '');
    const until = systemClock.monotonic() + WAIT.ms;
    const nothing = new Int32Array(new SharedArrayBuffer(4));
    while (!existsSync(ended) && systemClock.monotonic() < until) Atomics.wait(nothing, 0, 0, 5);
    rests.at(-1)?.();
    expect(await thread.count(2, hours)).toMatchObject({ received: { through: 2 } });
  });

  test('gives up what is under way when it stops, and takes no more', async () => {
    const { thread, ask } = await start();
    const given = expect(ask(0)).rejects.toMatchObject({ code: 'SERVICE_STOPPED', retry: true });
    await thread.stop();
    await given;
    await thread.stop();
    await expect(ask(0)).rejects.toMatchObject({ code: 'SERVICE_STOPPED' });
  });
});
