import { readFileSync, writeFileSync } from 'node:fs';
import { refreshPage, writeExample } from './defaults.ts';

const PAGE = 'docs/operating.md';

/** `npm run settings`: writes the example of settings and the table of the operators' page from the schemas. */
writeFileSync('config/klawing.yaml', writeExample());
writeFileSync(PAGE, refreshPage(readFileSync(PAGE, 'utf8')));
