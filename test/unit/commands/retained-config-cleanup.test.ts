import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { makeRetainedConfigCleanup } from '#commands/retained-config-cleanup.ts';
import { openSqliteOperations } from '#storage/operations/sqlite/sqlite.ts';
import { aDevice, aStation } from '#test/support/servers/api.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

test('a broker that starts anew while leftovers are taken away is asked for all of them again', async () => {
  const rows = openSqliteOperations(join(tempFolder(), 'operations.db'));
  onTestFinished(() => rows.stop());
  const ids = ['dev-1', 'dev-2'];
  await rows.changeRegistry([
    { kind: 'put-station', station: aStation() },
    ...ids.map((id) => ({ kind: 'put-device' as const, device: aDevice({ id }) })),
  ]);
  for (const device of ids) await rows.addConfig({ device, config: { interval: 30 }, by: undefined, at: 1 });
  await rows.changeRegistry(ids.map((device) => ({ kind: 'remove-device' as const, device })));

  const taken: string[] = [];
  let onPublish = (): void => undefined;
  const link = {
    publish: async (topic: string) => {
      taken.push(topic.split('/')[1] ?? '');
      onPublish();
    },
    withdraw: () => Promise.resolve(),
  };
  const sweep = makeRetainedConfigCleanup({ rows, link, signal: new AbortController().signal }, () => undefined);
  onPublish = () => {
    onPublish = () => undefined;
    sweep.beginAgain();
  };
  await sweep.sweep();
  expect(taken).toEqual(ids);
  await sweep.sweep();
  expect(taken).toEqual([...ids, ...ids]);
  await sweep.sweep();
  expect(taken).toHaveLength(4);
});
