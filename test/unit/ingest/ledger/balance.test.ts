import { describe, expect, test } from 'vitest';
import { addUp, balance } from '#ingest/ledger/balance.ts';

const at = { journal: 'j', device: 'd', hour: 5 };
const received = (count: number) => ({ journal: 'j', through: 9, counts: [{ sender: 'd', hour: 5, count }] });
const messages = [{ ...at, processed: 3, quarantined: 1, discarded: 1 }];
const readings = [{ ...at, decoded: 20, stored: 15, duplicates: 4, refused: 1, revised: 2, missing: 7 }];
const waiting = [{ sender: 'd', hour: 5, count: 2 }];

describe('the ledger', () => {
  test('is balanced when what was received is accounted for', () => {
    const [line] = balance(received(7), messages, readings, waiting);
    expect(line).toMatchObject({ received: 7, processed: 3, quarantined: 1, discarded: 1, waiting: 2, balanced: true });
  });

  test.for([6, 8])('is not balanced when %i were received and seven are accounted for', (count) => {
    expect(balance(received(count), messages, readings, waiting)[0]?.balanced).toBe(false);
  });

  test('is not balanced when a decoded reading went nowhere', () => {
    const short = readings.map((of) => ({ ...of, stored: 14 }));
    expect(balance(received(7), messages, short, waiting)[0]?.balanced).toBe(false);
  });

  test('shows what nobody received as not balanced, too', () => {
    const nothing = { journal: 'j', through: 0, counts: [] };
    expect(balance(nothing, messages, [], [])[0]).toMatchObject({ received: 0, balanced: false });
  });

  test('adds journals of one device and hour up, and lines to totals', () => {
    const other = messages.map((of) => ({ ...of, journal: 'older' }));
    const lines = balance(received(12), [...messages, ...other], readings, waiting);
    expect(lines).toHaveLength(1);
    expect(addUp(lines)).toMatchObject({ received: 12, processed: 6, stored: 15, balanced: true });
  });

  test('orders lines by hour and device', () => {
    const counts = ['b', 'a'].flatMap((sender) => [6, 5].map((hour) => ({ sender, hour, count: 0 })));
    const lines = balance({ journal: 'j', through: 0, counts }, [], [], []);
    expect(lines.map(({ device, hour }) => `${hour}${device}`)).toEqual(['5a', '5b', '6a', '6b']);
  });
});
