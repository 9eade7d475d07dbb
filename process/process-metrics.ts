import { readFileSync } from 'node:fs';
import { cpuUsage, memoryUsage, uptime, versions } from 'node:process';
import { z } from 'zod';

const Package = z.object({ version: z.string() });

/** Version of this program. */
const VERSION = Package.parse(JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))).version;

const MICROSECONDS = 1_000_000;

interface Sample {
  readonly name: string;
  readonly help: string;
  readonly type: 'gauge' | 'counter';
  readonly labels?: string;
  readonly value: number;
}

const written = ({ name, help, type, labels = '', value }: Sample): string =>
  `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${name}${labels} ${value}\n`;

/** Build of the program and use of the machine by this process, as Prometheus text. Each process has a prefix of its own. */
export const processMetrics = (prefix: 'klawing_broker' | 'klawing_ingest'): string => {
  const { user, system } = cpuUsage();
  const { rss, heapUsed } = memoryUsage();
  const samples: readonly Sample[] = [
    {
      name: `${prefix}_build_info`,
      help: 'Version of Klawing and of Node.js',
      type: 'gauge',
      labels: `{version="${VERSION}",node="${versions.node}"}`,
      value: 1,
    },
    {
      name: `${prefix}_process_cpu_seconds_total`,
      help: 'Processor time of the process',
      type: 'counter',
      value: (user + system) / MICROSECONDS,
    },
    { name: `${prefix}_process_resident_memory_bytes`, help: 'Memory of the process', type: 'gauge', value: rss },
    { name: `${prefix}_process_heap_bytes`, help: 'Memory of JavaScript objects', type: 'gauge', value: heapUsed },
    {
      name: `${prefix}_process_uptime_seconds`,
      help: 'Time since the start of the process',
      type: 'gauge',
      value: uptime(),
    },
  ];
  return samples.map(written).join('');
};
