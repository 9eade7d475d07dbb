import type { z } from 'zod';
import { qrText } from '#cli/output/qr-code.ts';
import { apiUrl } from '#cli/running-service.ts';
import type { CliContext } from '#cli/context.ts';
import type { Settings } from '#cli/settings.ts';
import type { LinkDocument } from '#api/people/schema.ts';

type Link = z.infer<typeof LinkDocument>;

/** The whole address of a one-time link: of `alerts.link` where it is set, else of the console on this machine. */
export const addressOf = ({ path }: Link, settings: Settings): string =>
  new URL(path, settings.alerts.link ?? apiUrl(settings)).href;

/** Prints a one-time link, and on a terminal its QR code. */
export const tellLink = (link: Link, cli: CliContext): void => {
  const address = addressOf(link, cli.settings());
  cli.out(`\n  ${address}\n`);
  if (cli.isTerminal) cli.out(qrText(address));
  cli.out(`The link works once, until ${link.valid_until}. Give it to this person only.`);
};
