import { expect, test } from 'vitest';
import { AlertSettings } from '#alerter/settings.ts';
import { minutes, seconds } from '#model/base/duration.ts';
import { EVERYONE, runningAlerter } from '#test/support/builders/alerter.ts';
import { eventually } from '#test/support/eventually.ts';
import { hookServer, type TestHook } from '#test/support/fakes/hook.ts';

const SECRET = 'the-webhook-secret-of-a-test';

const withHook = ({ url }: TestHook): AlertSettings =>
  AlertSettings.parse({ channels: { webhook: { url, secret: SECRET } } });

/** A firing alert of which the hook takes no message; gives it once the first try has failed. */
const failing = async () => {
  const hook = await hookServer(SECRET);
  hook.answer(500);
  const bed = await runningAlerter(withHook(hook));
  await bed.stage(2.6);
  await eventually(() =>
    expect(bed.operations.recipients()).toMatchObject([{ channel: 'log' }, { channel: 'webhook' }]),
  );
  return { ...bed, hook };
};

test('a channel that fails for five minutes is an alert of its own, told by the others, until a message is accepted', async () => {
  const { clock, operations, look, told, hook, metrics, test: tryChannel } = await failing();
  await look();
  expect(operations.alert(2)).toMatchObject({ rule: 'channel-failing', device: 'webhook', state: 'pending' });
  await clock.advance(minutes(5));
  await look();
  expect(operations.alert(2)).toMatchObject({ state: 'firing', severity: 'severe', value: 1 });
  expect(operations.alert(2)?.detail?.en).toMatch(
    /^1 of 1 recipients of channel "webhook" have not been reached since .*CHANNEL_UNREACHABLE.*test-channel webhook/,
  );
  expect(told()).toEqual(['firing 1', 'firing 2']);
  expect(await metrics()).toContain('klawing_notification_recipients_failing{channel="webhook"} 1');
  expect(await metrics()).toContain('klawing_notification_messages{channel="webhook",delivery="waiting"} 2');
  hook.answer(204);
  await tryChannel('webhook');
  await look();
  expect(operations.alert(2)).toMatchObject({ state: 'resolved' });
  expect(told()).toEqual(['firing 1', 'firing 2', 'resolved 2']);
});

test('a test that reaches the recipient shows that the channel is back, and sends what was missed', async () => {
  const { clock, operations, look, hook, test: tryChannel } = await failing();
  await clock.advance(minutes(20));
  hook.answer(204);
  const before = hook.posts.length;
  expect(await tryChannel('webhook')).toMatchObject([{ delivered: true }]);
  expect(operations.recipients()).toMatchObject([{}, { channel: 'webhook', failingSince: undefined }]);
  await eventually(() => expect(hook.posts.length).toBeGreaterThan(before + 1));
  expect(JSON.parse(hook.posts.at(-1)?.body ?? '')).toMatchObject({
    test: false,
    late: true,
    alert: { id: 1, state: 'firing' },
  });
  await look();
  expect(operations.alert(2)).toBeUndefined();
});

test('is closed where the channel is taken out of the settings', async () => {
  const { clock, operations, look, restart } = await failing();
  await look();
  await clock.advance(minutes(5));
  await look();
  expect(operations.alert(2)).toMatchObject({ state: 'firing' });
  await restart(EVERYONE);
  await look();
  expect(operations.alert(2)).toMatchObject({ state: 'closed', closing: { reason: 'channel-removed' } });
  await clock.advance(seconds(5));
  await look();
  expect(operations.alert(3)).toBeUndefined();
});
