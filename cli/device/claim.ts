import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { z } from 'zod';
import type { Client } from '#cli/client.ts';
import { labelText, qrSvg, qrText } from '#cli/output/qr-code.ts';
import { withService } from '#cli/running-service.ts';
import type { CliContext } from '#cli/context.ts';
import { ClaimCode } from '#api/claims/schema.ts';

type IssuedCode = z.infer<typeof ClaimCode>;

export const makeClaimCode = (client: Client, id: string, valid: string | undefined): Promise<IssuedCode> =>
  client.post(`/v1/devices/${encodeURIComponent(id)}/claim-code`, valid === undefined ? {} : { valid }, ClaimCode);

export const tellClaimCode = (made: IssuedCode, cli: CliContext, json: boolean): void => {
  if (json) {
    cli.out(JSON.stringify(made));
    return;
  }
  cli.out(`device ${made.device}\ncode   ${made.code}\nuntil  ${made.valid_until}\n`);
  cli.out('The code is shown only now. The device exchanges it once, over https, for its secret:');
  cli.out(`  curl -H 'content-type: application/json' -d '{"code":"${made.code}"}' https://<host>/v1/claim`);
};

interface LabelOptions {
  readonly host?: string;
  readonly svg?: string;
  readonly code?: string;
  readonly valid?: string;
}

/** `klawing device claim-code` and `klawing device label`. */
export const configureClaims = (device: Command, cli: CliContext): void => {
  device
    .command('claim-code <id>')
    .description('make a code that a device exchanges once for its secret; an earlier code becomes invalid')
    .option('--valid <span>', 'validity of the code', '90d')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  klawing device claim-code pbg-r03 --valid 30d')
    .action(async (id: string, { valid, json }: { readonly valid?: string; readonly json?: true }) => {
      const made = await withService(cli.settings(), (client) => makeClaimCode(client, id, valid));
      tellClaimCode(made, cli, json === true);
    });
  device
    .command('label <id>')
    .description('print the QR code for the label of a device, with a new claim code')
    .option('--code <code>', 'use this code instead of a new one')
    .option('--host <name>', 'host where the device asks for its secret')
    .option('--valid <span>', 'validity of a new code', '90d')
    .option('--svg <file>', 'write an SVG file instead of the picture in the terminal')
    .addHelpText('after', '\nExample:\n  klawing device label pbg-r03 --host klawing.example.go.id --svg pbg-r03.svg')
    .action(async (id: string, { host, svg, code: given, valid }: LabelOptions) => {
      const code = given ?? (await withService(cli.settings(), (client) => makeClaimCode(client, id, valid))).code;
      const text = labelText({ device: id, code, host });
      if (svg === undefined) cli.out(`${qrText(text)}\n`);
      else writeFileSync(svg, qrSvg(text), { mode: 0o600 });
      cli.out(`${id}\n${code}\n${text}`);
    });
};
