import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { openSqliteOperations } from '#storage/operations/sqlite/sqlite.ts';
import { systemClock } from '#model/base/clock.ts';
import { formatInstant } from '#model/base/instant.ts';
import { anAlert } from '#test/support/servers/console.ts';
import { eventually } from '#test/support/eventually.ts';
import { HookBody, hookServer } from '#test/support/fakes/hook.ts';
import { testService } from '#test/support/servers/service.ts';

const SECRET = 'the-webhook-secret-of-a-test';

test('alerts are worked on from the command line, while the service runs and while it does not', async () => {
  const hook = await hookServer(SECRET);
  const service = await testService({
    env: { KLAWING_ALERT_WEBHOOK_URL: hook.url, KLAWING_ALERT_WEBHOOK_SECRET: SECRET },
  });
  await service.ready();
  await service.addStation('PBG-W01', 'waste');
  const secret = await service.addDevice('bin-1', 'PBG-W01');
  const silenced = await service.cli('alert', 'silence', '--station', 'PBG-W01', '--for', '2h', '--reason', 'uji coba');
  expect(silenced).toMatchObject({ status: 0, out: expect.stringMatching(/^silence 1 until /) });
  const answer = await fetch(`${service.url}/v1/devices/bin-1/readings`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify({ time: formatInstant(systemClock.now()), values: { temperature: 75 } }),
  });
  expect(answer.status).toBe(202);
  await eventually(async () =>
    expect((await service.cli('alert', 'list')).out).toMatch(
      /1 {2}firing .*PBG-W01 {2}bin-1 {3}fire .*silenced.*75 °C/,
    ),
  );
  expect(hook.posts).toEqual([]);
  const shown = await service.cli('alert', 'show', '1');
  expect(shown.out).toMatch(/alert 1 \(firing\): Suspected bin fire, severe[^]*silenced[^]*uji coba/);
  expect((await service.cli('alert', 'acknowledge', '1', '--by', 'Sari')).out).toMatch(
    /^alert 1 \(firing\) acknowledged at /,
  );
  const tested = await service.cli('alert', 'test-channel', 'webhook');
  expect(tested).toMatchObject({ status: 0, out: expect.stringContaining('delivered') });
  expect(HookBody.parse(JSON.parse(hook.posts[0]?.body ?? ''))).toMatchObject({
    test: true,
    alert: { station: 'test' },
  });
  expect(hook.posts[0]?.isSigned).toBe(true);
  hook.answer(500);
  expect(await service.cli('alert', 'test-channel', 'webhook')).toMatchObject({
    status: 1,
    out: expect.stringContaining('answered 500'),
  });
  expect(await service.cli('alert', 'test-channel', 'fax')).toMatchObject({
    status: 1,
    err: expect.stringContaining('there are log, mqtt, webhook'),
  });
  expect(await service.cli('alert', 'show')).toMatchObject({ status: 2 });
  await service.stop();
  expect((await service.cli('alert', 'silences')).out).toMatch(/1 +PBG-W01 +every/);
  expect((await service.cli('alert', 'unsilence', '1')).out).toBe('silence 1 ended\n');
  expect(JSON.parse((await service.cli('alert', 'list', '--station', 'PBG-W01', '--json')).out)).toMatchObject([
    { id: 1, state: 'firing', silenced: false, acknowledged: { by: 'Sari' } },
  ]);
});

test('a list that is only a part says so, and what stands beside it', async () => {
  const service = await testService({ parts: [] });
  expect((await service.cli('alert', 'list')).out).toBe('no alerts\n'); // makes the data folder
  const operations = openSqliteOperations(join(service.data, 'operations.db'));
  const over = { ...anAlert(), state: 'resolved', resolvedAt: systemClock.now() } as const;
  const newer = Array.from({ length: 105 }, (_, i) => ({ ...over, id: 10 + i }));
  const awas = { severity: 'extreme', title: { id: 'Awas banjir', en: 'Flood emergency' } } as const;
  await operations.commitAlerts({ alerts: [anAlert({ id: 9, ...awas }), ...newer], events: [], messages: [] });
  await operations.stop();
  const part = await service.cli('alert', 'list');
  expect(part.out.trimEnd().split('\n')).toHaveLength(52);
  expect(part.err).toBe(
    'only a part: 50 alerts; older ones with --before 65, more with --limit, every one with --all\n' +
      'not among them: 1 alert pending or firing, the worst extreme (Flood emergency at PBG-R03); ' +
      'see all of these with "klawing alert list --state standing"\n',
  );
  expect(await service.cli('alert', 'list', '--before', '20')).toMatchObject({ err: '' });
  const everyOne = await service.cli('alert', 'list', '--all', '--json');
  expect(everyOne.err).toBe('');
  expect(z.array(z.unknown()).parse(JSON.parse(everyOne.out))).toHaveLength(106);
  const standing = await service.cli('alert', 'list', '--state', 'standing');
  expect(standing).toMatchObject({ status: 0, err: '', out: expect.stringMatching(/9 {2}firing {2}extreme/) });
});
