import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import process from 'node:process';
import { CONFIG } from './config.ts';

/** Oxlint reads JSON; its own TypeScript configuration is experimental. The file is made at each run and not tracked. */
writeFileSync('.oxlintrc.json', `${JSON.stringify(CONFIG, undefined, 2)}\n`);
const { status } = spawnSync('oxlint', ['--type-aware', ...process.argv.slice(2)], { stdio: 'inherit' });
process.exitCode = status ?? 1;
