import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readRevoked } from '#broker/auth/certificate.ts';
import { authority } from '#test/support/servers/authority.ts';

/** A distinguished name of one CN, as DER (RFC 5280 section 4.1.2.4). */
const encodedName = (name: string): string => {
  const text = Buffer.from(name);
  const wrap = (tag: number, content: Buffer): Buffer => Buffer.concat([Buffer.from([tag, content.length]), content]);
  const attribute = Buffer.concat([Buffer.from('0603550403', 'hex'), wrap(0x0c, text)]);
  return wrap(0x30, wrap(0x31, wrap(0x30, attribute))).toString('hex');
};

test.for(['plain', 'with, comma', 'Dinas Lingkungan Hidup'])(
  'a revocation list of %s gives the issuer and the serial number of each certificate',
  (name) => {
    const ca = authority(name);
    for (const subject of ['/CN=river-01', '/CN=air-07']) ca.revoke(ca.issue(subject).cert);
    ca.issue('/CN=rain-01');
    const issuer = encodedName(name);
    expect(readRevoked(readFileSync(ca.crl(), 'utf8'))).toEqual(new Set([`${issuer}/1000`, `${issuer}/1001`]));
  },
);

test('an empty revocation list gives no certificate', () => {
  expect(readRevoked(readFileSync(authority('empty').crl(), 'utf8'))).toEqual(new Set());
});

test('the lists of two authorities in one text are both read', () => {
  const [one, two] = [authority('one'), authority('two')];
  for (const ca of [one, two]) ca.revoke(ca.issue('/CN=river-01').cert);
  const text = [one, two].map((ca) => readFileSync(ca.crl(), 'utf8')).join('');
  expect([...readRevoked(text)]).toEqual([`${encodedName('one')}/1000`, `${encodedName('two')}/1000`]);
});

test('a text without a readable list is refused', () => {
  const list = readFileSync(authority('cut').crl(), 'utf8');
  const cut = list.replace(/^(-----BEGIN X509 CRL-----\s+\S+)[^-]*/, '$1\n');
  expect(cut).not.toBe(list);
  for (const text of ['', readFileSync(authority('pem').cert, 'utf8'), cut]) expect(() => readRevoked(text)).toThrow();
});
