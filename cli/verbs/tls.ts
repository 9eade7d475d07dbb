import { X509Certificate } from 'node:crypto';
import { join, resolve } from 'node:path';
import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import type { CliContext, Verb } from '#cli/context.ts';
import type { CertificatePair } from '#cli/certificates/make.ts';
import {
  type NewFile,
  readMade,
  refuseExisting,
  tlsFolderAt,
  type TlsFolder,
  writeFiles,
} from '#cli/certificates/files.ts';
import { serverNames, unique } from '#cli/certificates/names.ts';
import { settingsText, trustText } from '#cli/certificates/trust.ts';
import { systemClock } from '#model/base/clock.ts';
import { days as inDays } from '#model/base/duration.ts';
import { formatInstant } from '#model/base/instant.ts';
import { openDataFolder } from '#runtime/data-folder.ts';

const AUTHORITY_DAYS = 3_650;
const SERVER_DAYS = 365;
/** Apple refuses certificates of servers that are valid for longer. */
const MOST_DAYS = 825;
/** A device whose clock is behind accepts a certificate that was valid already. */
const BACKDATED = inDays(1);

interface TlsOptions {
  readonly name?: readonly string[];
  readonly days: number;
  readonly out?: string;
  readonly force?: true;
}

const serverDays = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > MOST_DAYS) {
    throw new InvalidArgumentError(`it is a whole number from 1 to ${MOST_DAYS}: Apple refuses longer ones.`);
  }
  return value;
};

const collect = (text: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), text];

const folderOf = ({ out }: TlsOptions, cli: CliContext): TlsFolder =>
  tlsFolderAt(out === undefined ? join(openDataFolder(cli.settings().data).root, 'tls') : resolve(out));

const validFor = (count: number) => {
  const now = systemClock.now();
  return { from: now - BACKDATED.ms, to: now + inDays(count).ms };
};

const serverFiles = ({ server, serverKey }: TlsFolder, { cert, key }: CertificatePair): readonly NewFile[] => [
  { path: serverKey, kind: 'key', content: key },
  { path: server, kind: 'certificate', content: cert },
];

const tell = (files: TlsFolder, names: readonly string[], cli: CliContext): void => {
  const [authority, server] = [files.authority, files.server].map((path) => new X509Certificate(readMade(path)));
  const { api, broker } = cli.settings();
  const place = { files, name: names[0] ?? 'localhost', httpsPort: api.tlsPort, mqttPort: broker.tlsPort };
  cli.out(`authority  ${files.authority}
           SHA-256 ${authority?.fingerprint256}, valid to ${formatInstant(authority?.validToDate.getTime() ?? 0)}
server     ${files.server}
           valid to ${formatInstant(server?.validToDate.getTime() ?? 0)}, for ${names.join(', ')}
keys       ${files.authorityKey}, ${files.serverKey}: readable by their owner alone
`);
  cli.out(`${settingsText(place)}\n`);
  cli.out(trustText(place));
};

const init = async (options: TlsOptions, cli: CliContext): Promise<void> => {
  const names = serverNames(options.name ?? []);
  const files = folderOf(options, cli);
  if (options.force !== true) {
    refuseExisting([files.authority, files.authorityKey, files.server, files.serverKey]);
  }
  // the library takes 18 MB and most of a second, so no other verb loads it
  const { makeAuthority, makeServerCertificate } = await import('#cli/certificates/make.ts');
  const authority = await makeAuthority(`Klawing ${names[0]}`, validFor(AUTHORITY_DAYS));
  const server = await makeServerCertificate(names, authority, validFor(options.days));
  writeFiles(files.folder, [
    { path: files.authorityKey, kind: 'key', content: authority.key },
    { path: files.authority, kind: 'certificate', content: authority.cert },
    ...serverFiles(files, server),
  ]);
  tell(files, names, cli);
};

/** Names of a certificate, in its order: `DNS:klawing.local, IP Address:192.168.1.10`. */
const namesIn = (certificate: string): readonly string[] =>
  (new X509Certificate(certificate).subjectAltName ?? '')
    .split(', ')
    .map((part) => part.replace(/^(?:DNS|IP Address):/, ''))
    .filter((name) => name !== '');

const renew = async (options: TlsOptions, cli: CliContext): Promise<void> => {
  const files = folderOf(options, cli);
  const authority = { cert: readMade(files.authority), key: readMade(files.authorityKey) };
  const given = options.name ?? [];
  const names = unique([...given, ...namesIn(readMade(files.server)), ...serverNames(given)]);
  const { makeServerCertificate } = await import('#cli/certificates/make.ts');
  writeFiles(files.folder, serverFiles(files, await makeServerCertificate(names, authority, validFor(options.days))));
  const { validToDate } = new X509Certificate(readMade(files.server));
  cli.out(`${files.server} is valid to ${formatInstant(validToDate.getTime())}, for ${names.join(', ')}`);
  cli.out(
    'The authority is the same: nothing changes on the devices. A running service reads the files within seconds.',
  );
};

const configure = (command: Command): Command =>
  command
    .option('--name <name>', 'another name or address of this machine; may be repeated', collect)
    .option('--days <days>', `days that the server certificate is valid, up to ${MOST_DAYS}`, serverDays, SERVER_DAYS)
    .option('--out <folder>', 'folder of the files; <data>/tls otherwise');

/** Certificates without a public domain: an authority of one's own. */
export const tls: Verb = {
  name: 'tls',
  summary: 'make certificates of an own authority, for HTTPS and MQTT without a public domain',
  examples: ['klawing tls init --name klawing.dlh.local --name 192.168.1.10', 'klawing tls renew'],
  configure: (command, cli) => {
    configure(command.command('init').description('make an authority and a certificate for this server'))
      .option('--force', 'replace an authority that exists: every device has to trust the new one')
      .action((options: TlsOptions) => init(options, cli));
    configure(command.command('renew').description('make a new server certificate by the same authority')).action(
      (options: TlsOptions) => renew(options, cli),
    );
  },
};
