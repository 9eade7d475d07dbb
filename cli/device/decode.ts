import { readFileSync } from 'node:fs';
import { withService } from '#cli/running-service.ts';
import { table } from '#cli/output/table.ts';
import type { CliContext } from '#cli/context.ts';
import { Fault } from '#model/base/fault.ts';
import { Decoded } from '#api/decode/schema.ts';

const readPayload = (path: string): Buffer => {
  try {
    return readFileSync(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Fault('REQUEST_INVALID', `--file ${path} cannot be read: ${reason}`, { cause });
  }
};

/** Asks the service what a payload would become. */
export const decodePayload = (
  request: Readonly<Record<string, string | undefined>>,
  path: string,
  cli: CliContext,
): Promise<Decoded> => {
  const body = { ...request, payload_base64: readPayload(path).toString('base64') };
  return withService(cli.settings(), (client) => client.post('/v1/decode', body, Decoded));
};

const tellMessage = ({ place, time, fields }: Decoded['messages'][number], cli: CliContext): void => {
  cli.out(`\nmessage${place === '' ? '' : ` at ${place}`}, time ${time ?? 'of its arrival'}`);
  const rows = fields.map((one) => [
    one.field,
    one.given ?? '–',
    one.property ?? '–',
    one.value === null ? '–' : `${one.value} ${one.unit ?? ''}`.trimEnd(),
    one.range?.join(' … ') ?? '–',
    one.flag ?? '–',
    `${one.explanation.en} / ${one.explanation.id}`,
  ]);
  cli.out(table(['field', 'given', 'property', 'value', 'range', 'flag', 'result'], rows));
};

/** Prints each step of a payload. */
export const tellDecoded = (decoded: Decoded, isJson: boolean, cli: CliContext): void => {
  if (isJson) {
    cli.out(JSON.stringify(decoded, undefined, 2));
    return;
  }
  const { topic, codec, codec_version: version, profile, ignored, messages, refused, readings } = decoded;
  cli.out(`topic ${topic}, codec ${codec} ${version}`);
  cli.out(profile === null ? 'no profile' : `profile ${profile.id} of ${profile.version}`);
  if (ignored.length > 0) cli.out(`ignored: ${ignored.join(', ')}`);
  for (const message of messages) tellMessage(message, cli);
  for (const { place, code, title, detail } of refused)
    cli.out(`\nrefused${place === '' ? '' : ` at ${place}`}: ${code}\n  ${title.en} / ${title.id}\n  ${detail}`);
  cli.out(`\n${readings} of its values would be stored / ${readings} nilai akan disimpan`);
};
