import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { CODECS } from '#model/codecs/index.ts';
import { BINARY_EXAMPLES, PAYLOAD_EXAMPLES } from '#api/readings/payload-examples.ts';
import { testApi } from '#test/support/servers/api.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

/**
 * Rules of `@redocly/cli`. Off: the answer of an identity service comes to an address that only redirects, and the health of the service is
 * open to everyone and has no parameters, so there is nothing to refuse.
 */
const RULES = `
extends: [recommended-strict]
rules:
  operation-2xx-response: off
  operation-4xx-response: off
`;

const Report = z.object({
  problems: z.array(z.object({ ruleId: z.string(), message: z.string(), location: z.array(z.looseObject({})) })),
});

test('@redocly/cli finds nothing in the description of the API', async () => {
  const folder = tempFolder();
  const { get } = await testApi();
  writeFileSync(join(folder, 'openapi.json'), await (await get('/openapi.json')).text());
  writeFileSync(join(folder, 'redocly.yaml'), RULES);
  const redocly = join(process.cwd(), 'node_modules/.bin/redocly');
  const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
  const args = ['lint', 'openapi.json', '--format', 'json', '--max-problems', '1000'];
  const outcome = await promisify(execFile)(redocly, args, { cwd: folder, env, maxBuffer: 2 ** 26 }).catch(
    (error: unknown) => z.object({ stdout: z.string() }).parse(error),
  );
  expect(Report.parse(JSON.parse(outcome.stdout)).problems).toEqual([]);
});

test('every operation that needs a right says so, and the others say that they need none', async () => {
  const { get } = await testApi();
  const Operation = z.looseObject({ operationId: z.string(), security: z.array(z.record(z.string(), z.unknown())) });
  const { paths } = z
    .looseObject({ paths: z.record(z.string(), z.record(z.string(), Operation)) })
    .parse(await (await get('/openapi.json')).json());
  const elsewhere = { 'x-forwarded-for': '192.0.2.1' };
  for (const [path, methods] of Object.entries(paths)) {
    const { get: read } = methods;
    if (read === undefined) continue;
    const isOpen = (await get(path.replaceAll(/\{\w+\}/g, '1'), elsewhere)).status !== 401;
    expect(read.security.length === 0, path).toBe(isOpen);
  }
});

test('the example of each codec is a message that it reads without a refusal', () => {
  for (const codec of CODECS) {
    const bytes = BINARY_EXAMPLES[codec.contentType];
    const payload =
      bytes === undefined ? JSON.stringify(PAYLOAD_EXAMPLES[codec.contentType]) : Buffer.from(bytes, 'hex');
    const { observations, refused } = codec.decode(Buffer.from(payload), {});
    expect([...refused, ...observations.flatMap((each) => each.refused)], codec.name).toEqual([]);
    expect(observations.length, codec.name).toBeGreaterThan(0);
  }
});
