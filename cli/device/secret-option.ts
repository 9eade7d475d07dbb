import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { CliContext } from '#cli/context.ts';
import { Fault } from '#model/base/fault.ts';

export interface SecretOptions {
  readonly secret?: string;
  readonly secretFile?: string;
}

/** Options for a chosen secret, of a device or a gateway. */
export const withSecretOptions = (command: Command): Command =>
  command
    .option('--secret-file <file>', 'file with a chosen secret of 16 characters or more; random by default')
    .option('--secret <text>', 'the same on the command line, where other users of this machine can see it');

const readSecret = (path: string): string => {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Fault('REQUEST_INVALID', `the secret cannot be read: ${why}; name a file with --secret-file`, { cause });
  }
};

/** The chosen secret; undefined for a random one. */
export const chosenSecret = (
  { secret, secretFile }: SecretOptions,
  cli: Pick<CliContext, 'error'>,
): string | undefined => {
  if (secret === undefined) return secretFile === undefined ? undefined : readSecret(secretFile);
  if (secretFile !== undefined) throw new Fault('REQUEST_INVALID', 'give --secret-file or --secret, not both');
  cli.error(
    'warning: a secret on the command line is visible to other users of this machine and stays in the history of the shell; use --secret-file',
  );
  return secret;
};
