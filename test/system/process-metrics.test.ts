import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { testService } from '#test/support/servers/service.ts';

test('/metrics has the build and the process of broker and ingest, each metric described once', async () => {
  const service = await testService();
  await service.ready();
  const text = await (await service.get('/metrics')).text();
  const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync('package.json', 'utf8')));
  for (const part of ['broker', 'ingest']) {
    expect(text).toContain(`klawing_${part}_build_info{version="${version}",node="${process.versions.node}"} 1`);
    const figure = (name: string): number =>
      Number(new RegExp(`^klawing_${part}_process_${name} (\\S+)$`, 'm').exec(text)?.[1]);
    expect(figure('cpu_seconds_total')).toBeGreaterThan(0.05);
    expect(figure('resident_memory_bytes')).toBeGreaterThan(20 * 2 ** 20);
    expect(figure('uptime_seconds')).toBeGreaterThan(0);
  }
  const described = [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name);
  expect(described.filter((name, i) => described.indexOf(name) !== i)).toEqual([]);
});
