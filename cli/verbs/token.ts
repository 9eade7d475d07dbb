import { configureTokens } from '#cli/user/tokens.ts';
import type { Verb } from '#cli/context.ts';

/** Tokens of programs. */
export const token: Verb = {
  name: 'token',
  summary: 'add, list and revoke tokens of programs',
  examples: ['klawing token add posko-display --role viewer', 'klawing token revoke posko-display'],
  configure: configureTokens,
};
