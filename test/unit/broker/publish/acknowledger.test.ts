import { describe, expect, test } from 'vitest';
import { seconds } from '#model/base/duration.ts';
import type { Packet } from '#model/readings/packet.ts';
import { Acknowledger, SYNC_TIMEOUT, IN_FLIGHT_BYTES, IN_FLIGHT_BYTES_QOS_0 } from '#broker/publish/acknowledger.ts';
import { manualClock } from '#test/support/clocks/manual-clock.ts';
import { memoryJournal } from '#test/support/fakes/memory-journal.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';

const packet = (rest: Partial<Packet> = {}): Packet => ({
  kind: 'readings',
  sender: 'river-01',
  connection: 1,
  topic: 'v1/river-01/readings',
  payload: new Uint8Array(10),
  qos: 1,
  dup: false,
  packetId: 1,
  receivedAt: 0,
  ...rest,
});

const start = () => {
  const journal = memoryJournal();
  const clock = manualClock();
  const log = silentLog();
  const acknowledger = new Acknowledger({ journal, clock, log });
  const answers: string[] = [];
  const take = (name: string, rest: Partial<Packet> = {}): void =>
    acknowledger.take(packet(rest), (fault) => answers.push(`${name} ${fault?.code ?? 'ok'}`));
  return { journal, clock, log, acknowledger, answers, take };
};

describe('the acknowledger', () => {
  test('answers a group in order after its sync, and counts the waiting packets', async () => {
    const { journal, clock, acknowledger, answers, take } = start();
    journal.hold();
    for (const name of ['a', 'b', 'c']) take(name);
    await clock.advance(seconds(1));
    expect(answers).toEqual([]);
    expect(acknowledger.packets).toBe(3);
    expect(acknowledger.bytes).toBeGreaterThan(30);
    journal.release();
    await clock.advance(seconds(0));
    expect(answers).toEqual(['a ok', 'b ok', 'c ok']);
    expect([acknowledger.packets, acknowledger.bytes]).toEqual([0, 0]);
  });

  test('answers a late sync with a fault once, and counts the bytes until its end', async () => {
    const { journal, clock, log, acknowledger, answers, take } = start();
    journal.hold();
    take('late');
    await clock.advance(SYNC_TIMEOUT);
    await clock.advance(seconds(1));
    expect(answers).toEqual(['late JOURNAL_WRITE_FAILED']);
    expect(log.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
    expect(acknowledger.packets).toBe(1);
    journal.release();
    await clock.advance(seconds(5));
    expect(answers).toEqual(['late JOURNAL_WRITE_FAILED']);
    expect(acknowledger.packets).toBe(0);
  });

  test('refuses packets without room, QoS 0 first', () => {
    const { journal, answers, take } = start();
    journal.hold();
    take('big', { payload: new Uint8Array(IN_FLIGHT_BYTES_QOS_0) });
    take('unpromised', { qos: 0 });
    take('promised');
    take('presence', { qos: 0, kind: 'connected' });
    take('bigger', { payload: new Uint8Array(IN_FLIGHT_BYTES) });
    expect(answers).toEqual(['unpromised JOURNAL_WRITE_FAILED', 'bigger JOURNAL_WRITE_FAILED']);
    expect(journal.pending()).toBe(3);
  });

  test('sends live readings before the backlogs of other devices, in the order of each connection', async () => {
    const { journal, clock, acknowledger, answers, take } = start();
    const backlog = new Uint8Array(600_000);
    journal.hold();
    const late = { sender: 'late-1', connection: 2, payload: backlog };
    for (const name of ['late 1', 'late 2', 'late 3', 'late 4']) take(name, late);
    take('late live', { sender: 'late-1', connection: 2 });
    take('same device over HTTP', { sender: 'late-1', connection: 0 });
    take('live');
    expect(journal.pending()).toBe(3);
    expect(acknowledger.packets).toBe(7);
    journal.release();
    await clock.advance(seconds(0));
    await acknowledger.drained();
    expect(answers).toEqual(
      ['late 1', 'late 2', 'live', 'late 3', 'late 4', 'late live', 'same device over HTTP'].map(
        (name) => `${name} ok`,
      ),
    );
    expect([acknowledger.packets, acknowledger.bytes]).toEqual([0, 0]);
  });

  test('answers with a fault when a backlog waited too long for the disk', async () => {
    const { journal, clock, answers, acknowledger, take } = start();
    journal.hold();
    for (const name of ['a', 'b', 'c']) take(name, { payload: new Uint8Array(600_000) });
    await clock.advance(SYNC_TIMEOUT);
    await clock.advance(seconds(1));
    expect(answers).toEqual(['a', 'b', 'c'].map((name) => `${name} JOURNAL_WRITE_FAILED`));
    expect(acknowledger.packets).toBe(2);
  });

  test('returns the fault of a full journal at once', () => {
    const { journal, answers, take } = start();
    journal.fill();
    take('refused');
    expect(answers).toEqual(['refused JOURNAL_FULL']);
  });

  test('is drained when all packets are answered, or after the time limit', async () => {
    const { journal, clock, acknowledger, take } = start();
    journal.hold();
    take('never');
    let isDrained = false;
    void acknowledger.drained().then(() => (isDrained = true));
    await clock.advance(seconds(1));
    expect(isDrained).toBe(false);
    await clock.advance(SYNC_TIMEOUT);
    expect(isDrained).toBe(true);
  });
});
