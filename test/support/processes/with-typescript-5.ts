/** Preloaded by `--import`: `@hey-api/openapi-ts` calls the TypeScript of JavaScript, which TypeScript 7 is not any more. */
import { registerHooks } from 'node:module';
import { ts } from '@ts-morph/common';

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'typescript' ? { url: import.meta.url, shortCircuit: true } : next(specifier, context),
});

// oxlint-disable-next-line import/no-default-export -- the generator imports the default export of "typescript"
export default ts;
