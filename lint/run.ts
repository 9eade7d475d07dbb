import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { CONFIG } from './config.ts';

/** Oxlint reads JSON: its TypeScript configuration is experimental. Each run writes the file; git ignores it. */
writeFileSync('.oxlintrc.json', `${JSON.stringify(CONFIG, undefined, 2)}\n`);
const { status, stdout } = spawnSync('oxlint', ['--type-aware', ...process.argv.slice(2)], { encoding: 'utf8' });
if (!stdout.includes('Found 0 warnings and 0 errors')) process.stdout.write(stdout);
process.exitCode = status ?? 1;
