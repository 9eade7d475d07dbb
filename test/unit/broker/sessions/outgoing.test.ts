import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type OutgoingPacket, OutgoingQueue } from '#broker/sessions/outgoing.ts';

const aPacket = (brokerCounter: number, text = ''): OutgoingPacket => ({
  cmd: 'publish',
  topic: 'v1/dev-1/commands/c1',
  qos: 1,
  brokerId: 'b-1',
  brokerCounter,
  payload: Buffer.from(text),
});

const textsIn = (queue: OutgoingQueue) => queue.all().map(({ packet }) => String(packet.payload));

/** Events that change the queue of a client. */
type Step = { readonly kind: 'add' | 'send' | 'acknowledge' | 'drop'; readonly which: number };

const steps = fc.array(
  fc.record({ kind: fc.constantFrom<Step['kind']>('add', 'send', 'acknowledge', 'drop'), which: fc.nat(20) }),
  { maxLength: 60 },
);

describe('the queue of a persistent session', () => {
  test('equals a plain list after any additions, sends, acknowledgements and drops, and counts its bytes', () => {
    fc.assert(
      // oxlint-disable-next-line complexity -- a model of the queue beside the queue itself
      fc.property(steps, (life) => {
        const queue = new OutgoingQueue();
        let model: { counter: number; id: number | undefined }[] = [];
        let counter = 0;
        for (const { kind, which } of life) {
          const chosen = model[which % Math.max(1, model.length)];
          if (kind === 'add') {
            counter += 1;
            queue.add(aPacket(counter, `m${counter}`));
            model.push({ counter, id: undefined });
          } else if (chosen === undefined) continue;
          else if (kind === 'send') {
            // packet ids are assigned in order; an id in use is skipped
            chosen.id = chosen.id ?? 1_000 + chosen.counter;
            queue.update({ ...aPacket(chosen.counter), messageId: chosen.id });
          } else if (kind === 'acknowledge' && chosen.id !== undefined) {
            const found = queue.find({ cmd: 'puback', messageId: chosen.id });
            expect(found?.packet.brokerCounter).toBe(chosen.counter);
            if (found !== undefined) queue.remove(found);
            model = model.filter((each) => each !== chosen);
          } else if (kind === 'drop') {
            const oldest = queue.oldest();
            if (oldest !== undefined) queue.remove(oldest);
            model = model.slice(1);
          }
          expect(textsIn(queue)).toEqual(model.map((each) => `m${each.counter}`));
        }
        expect(queue.bytes).toBe(queue.all().reduce((sum, { bytes }) => sum + bytes, 0));
        for (const waiting of queue.all()) queue.remove(waiting);
        expect([queue.size, queue.bytes]).toEqual([0, 0]);
      }),
    );
  });

  test('keeps the place of a message that its PUBREL replaces, and finds the PUBREL by its packet id', () => {
    const queue = new OutgoingQueue();
    queue.add(aPacket(1, 'first'));
    queue.add(aPacket(2, 'second'));
    queue.update({ ...aPacket(1), messageId: 7 });
    queue.update({ cmd: 'pubrel', messageId: 7 });
    expect(queue.all().map(({ packet }) => packet.cmd)).toEqual(['pubrel', 'publish']);
    const found = queue.find({ cmd: 'pubcomp', messageId: 7 });
    expect(found?.packet.cmd).toBe('pubrel');
    if (found !== undefined) queue.remove(found);
    expect(textsIn(queue)).toEqual(['second']);
  });

  test('continues after the places from disk', () => {
    const queue = new OutgoingQueue();
    queue.add(aPacket(1, 'old'), 41);
    expect(queue.add(aPacket(2, 'new')).place).toBe(42);
  });

  test('returns undefined for an unknown packet', () => {
    const queue = new OutgoingQueue();
    queue.add(aPacket(1));
    expect(queue.update({ ...aPacket(9), messageId: 3 })).toBeUndefined();
    expect(queue.find({ cmd: 'puback', messageId: 3 })).toBeUndefined();
    expect(queue.find({ cmd: 'puback' })).toBeUndefined();
  });
});
