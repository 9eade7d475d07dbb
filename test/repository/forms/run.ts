import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { RULES_FILE, writeRules } from './rules.ts';

/** `npm run forms`: writes the rules of the forms of the console from the schemas of the API. */
writeFileSync(RULES_FILE, writeRules());
execFileSync('biome', ['format', '--write', RULES_FILE]);
