import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { systemClock } from '#model/base/clock.ts';
import { formatInstant } from '#model/base/instant.ts';
import { checkout, isCheckout } from '#test/support/builders/tree.ts';
import { eventually } from '#test/support/eventually.ts';
import { hookServer } from '#test/support/fakes/hook.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';
import { testService } from '#test/support/servers/service.ts';

const CONDITION = `import type { Condition } from '#alerter/rules/condition.ts';

/** Raised at exactly the raise level, cleared at exactly the clear level. */
export const equal: Condition<'equal'> = {
  name: 'equal',
  zone: (value, { raise, clear }) => {
    if (value === raise) return 'raised';
    return value === clear ? 'cleared' : 'between';
  },
  clearOf: (raise, hysteresis) => raise - hysteresis,
  mistakeIn: ({ raise, clear }) => (clear === raise ? \`clear \${clear} must differ from raise\` : undefined),
};
`;

const CHANNEL = `import { z } from 'zod';
import { defineChannel } from '#alerter/notify/channel.ts';
import { wordingOf } from '#alerter/notify/texts.ts';
import { Fault } from '#model/base/fault.ts';

const NtfySettings = z.strictObject({
  kind: z.literal('ntfy'),
  enabled: z.boolean().prefault(true),
  topic: z.url({ protocol: /^https?$/ }),
});

const recipientsOf = ({ topic }: z.infer<typeof NtfySettings>): readonly string[] => [topic];

/** \`kind: ntfy\`: one line to a topic of an ntfy server. */
export const ntfy = defineChannel({
  name: 'ntfy',
  summary: 'one line to a topic of an ntfy server',
  isDefault: false,
  isRemote: true,
  settings: NtfySettings,
  recipients: recipientsOf,
  open: (name, settings, { language }) => ({
    name,
    audience: 'people',
    recipients: recipientsOf(settings),
    knows: () => true,
    render: (notice) => wordingOf(language, notice).subject,
    send: async ({ body }, signal) => {
      const response = await fetch(settings.topic, { method: 'POST', body, signal });
      if (!response.ok) throw new Fault('CHANNEL_UNREACHABLE', \`\${name} answered \${response.status}\`, { retry: true });
    },
  }),
});
`;

/** Adds one file, and its import and entry in the register beside it. */
const add = (folder: string, name: string, source: string, list: RegExp): void => {
  writeFileSync(join(folder, `${name}.ts`), source);
  const register = join(folder, 'index.ts');
  const before = readFileSync(register, 'utf8');
  expect(before).toMatch(list);
  writeFileSync(register, `import { ${name} } from './${name}.ts';\n${before.replace(list, `$1, ${name}$2`)}`);
};

const treeWithBoth = (): string => {
  const tree = checkout({ hasConsole: true });
  add(join(tree, 'alerter/rules/conditions'), 'equal', CONDITION, /(const BY_NAME = \{[^}]*?)( \})/);
  add(join(tree, 'alerter/notify/channels'), 'ntfy', CHANNEL, /(const CHANNELS = \[[^\]]*)(\])/);
  return tree;
};

const run = (tree: string, ...args: readonly string[]) =>
  spawnSync(process.execPath, args, { cwd: tree, encoding: 'utf8' });

describe.runIf(isCheckout())('one file and one entry in a register add a condition and a channel', () => {
  test('that types and registers take up', () => {
    const tree = treeWithBoth();
    const types = run(tree, 'node_modules/typescript/bin/tsc', '--noEmit');
    expect(types.stdout).toBe('');
    expect(types.status).toBe(0);
    const suite = ['run', '--project', 'fast', 'test/repository/registers.test.ts', 'test/unit/alerter/rules'];
    const tests = run(tree, 'node_modules/vitest/vitest.mjs', ...suite);
    expect(tests.status, tests.stdout).toBe(0);
  });

  test('that the running service evaluates, sends by and checks', async () => {
    const tree = treeWithBoth();
    const topic = await hookServer('a secret that ntfy does not use');
    const rules = join(tempFolder(), 'rules.yaml');
    const tilted =
      'id: tilted, family: waste, property: tilt, direction: equal, raise: 1, clear: 0, severity: minor, channels: [ntfy]';
    writeFileSync(rules, `rules: [{ ${tilted}, title: { id: Bak miring, en: Bin tilted } }]`);
    const config = `alerts: { rules: ${JSON.stringify(rules)}, channels: { ntfy: { topic: ${JSON.stringify(topic.url)} } } }`;
    const service = await testService({ tree, config });
    await service.ready();
    await service.addStation('PBG-W01', 'waste');
    const secret = await service.addDevice('bin-1', 'PBG-W01');
    const tested = await service.cli('alert', 'test-channel', 'ntfy');
    expect(tested).toMatchObject({ status: 0, out: expect.stringContaining('delivered') });
    const answer = await fetch(`${service.url}/v1/devices/bin-1/readings`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: JSON.stringify({ time: formatInstant(systemClock.now()), values: { tilt: 1 } }),
    });
    expect(answer.status).toBe(202);
    await eventually(() =>
      expect(topic.posts.map(({ body }) => body)).toEqual([
        expect.stringContaining('[UJI COBA]'),
        expect.stringContaining('Bak miring'),
      ]),
    );
    expect((await service.cli('doctor')).out).toMatch(/channel ntfy.*the last message was accepted/);
  });
});
