import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createDeregistered, dropDeregistered, statusOwnerOf } from '#broker/auth/deregistered.ts';
import { WriteBehind } from '#broker/sessions/write-behind.ts';
import { Retained } from '#broker/sessions/retained.ts';
import { manualClock } from '#test/support/clocks/manual-clock.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';

const DEVICES = ['dev-1', 'dev-2', 'dev-3'] as const;

/** Counts the calls of `statusOwnerOf`. */
const some = () => {
  const mirror = new WriteBehind({ clock: manualClock(), log: silentLog(), disk: undefined, all: () => [] });
  let asked = 0;
  const retained = new Retained(
    () => mirror,
    { retainedMessages: 4, retainedBytes: 10_000 },
    (topic) => {
      asked += 1;
      return statusOwnerOf(topic);
    },
  );
  const put = (topic: string, payload: string): boolean =>
    retained.store(topic, { cmd: 'publish', topic, payload, qos: 1, retain: true, dup: false });
  return { retained, put, asked: () => asked };
};

const step = fc.record({
  topic: fc.oneof(
    fc.constantFrom(...DEVICES.flatMap((device) => [`v1/${device}/status`, `v1/${device}/config`])),
    fc.constantFrom('v1/alerts/ST1/pm2_5', 'status', 'v1/dev-1/status/more'),
  ),
  payload: fc.constantFrom('', 'online', 'offline'),
});

test('the status topics follow the retained messages after any changes', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), fc.subarray([...DEVICES]), (steps, gone) => {
      const { retained, put } = some();
      for (const { topic, payload } of steps) put(topic, payload);
      const isGone = (device: string): boolean => gone.some((each) => each === device);
      const plain = [...retained.all()].filter(([topic]) => isGone(statusOwnerOf(topic) ?? ''));
      expect([...retained.statusTopicsOf(isGone)].sort()).toEqual(plain.map(([topic]) => topic).sort());
    }),
  );
});

test('a change of the registry parses no topics, and removes the status of deregistered devices', () => {
  const { retained, put, asked } = some();
  for (const device of DEVICES) put(`v1/${device}/status`, 'online');
  const before = asked();
  const gone = createDeregistered({
    isThere: () => true,
    holder: (id) => (id === 'dev-2' ? undefined : { kind: 'device', isCertificateOnly: false }),
  });
  const emptied: string[] = [];
  dropDeregistered(gone, {
    aedes: { publish: ({ topic }) => void emptied.push(topic) },
    persistence: { drop: () => undefined, statusTopicsOf: (isAsked) => retained.statusTopicsOf(isAsked) },
  });
  expect([emptied, asked() - before]).toEqual([['v1/dev-2/status'], 0]);
});
