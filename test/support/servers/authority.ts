import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

export interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority of the `openssl` program, in a temp folder. Everything it gives is a path to a PEM file. */
export interface Authority {
  readonly cert: string;
  /** Issues a certificate; `subject` such as `/CN=river-01`, `dns` as a DNS name beside it. */
  readonly issue: (subject: string, options?: { readonly isExpired?: true; readonly dns?: string }) => Pair;
  readonly revoke: (cert: string) => void;
  /** Writes the revocation list as it is now, to the same file every time. */
  readonly crl: () => string;
}

const CONFIG = (folder: string): string => `
[ca]
default_ca = one
[one]
dir = ${folder}
database = ${folder}/index.txt
serial = ${folder}/serial
crlnumber = ${folder}/crlnumber
new_certs_dir = ${folder}
certificate = ${folder}/ca.pem
private_key = ${folder}/ca.key
default_md = sha256
default_days = 2
default_crl_days = 2
policy = any
copy_extensions = copy
unique_subject = no
[any]
commonName = optional
organizationName = optional
`;

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

const openssl = (...args: readonly string[]): void => void execFileSync('openssl', args, { stdio: 'pipe' });

export const authority = (name: string): Authority => {
  const folder = join(tempFolder(), name);
  mkdirSync(folder);
  const at = (file: string): string => join(folder, file);
  writeFileSync(at('config'), CONFIG(folder));
  writeFileSync(at('index.txt'), '');
  writeFileSync(at('serial'), '1000\n');
  writeFileSync(at('crlnumber'), '01\n');
  openssl(
    'req',
    '-x509',
    '-subj',
    `/CN=${name}`,
    '-days',
    '2',
    ...NEW_KEY,
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.pem'),
  );
  let issued = 0;

  return {
    cert: at('ca.pem'),
    issue: (subject, { isExpired, dns } = {}) => {
      issued += 1;
      const [key, request, cert] = [at(`${issued}.key`), at(`${issued}.csr`), at(`${issued}.pem`)];
      const alternative = dns === undefined ? [] : ['-addext', `subjectAltName=DNS:${dns}`];
      openssl('req', '-new', '-subj', subject, ...NEW_KEY, ...alternative, '-keyout', key, '-out', request);
      const span = isExpired === true ? ['-startdate', '20200101000000Z', '-enddate', '20200201000000Z'] : [];
      openssl('ca', '-batch', '-notext', '-config', at('config'), ...span, '-in', request, '-out', cert);
      return { key, cert };
    },
    revoke: (cert) => openssl('ca', '-config', at('config'), '-revoke', cert),
    crl: () => {
      openssl('ca', '-config', at('config'), '-gencrl', '-out', at('crl.pem'));
      return at('crl.pem');
    },
  };
};

/** The files themselves, as a client wants them. */
export const contentOf = ({ cert, key }: Pair): { readonly cert: Buffer; readonly key: Buffer } => ({
  cert: readFileSync(cert),
  key: readFileSync(key),
});
