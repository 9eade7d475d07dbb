import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type DoctorCheck, failed, type CheckFinding, ok, warning } from './check.ts';
import { days } from '#model/base/duration.ts';
import { formatInstant } from '#model/base/instant.ts';

const SOON = days(21);

const read = (setting: string): X509Certificate =>
  new X509Certificate(setting.startsWith('-----BEGIN') ? setting : readFileSync(setting));

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const checkOne = (check: string, setting: string, now: number): CheckFinding => {
  const renew = 'renew the certificate; it is read again without a restart';
  let certificate: X509Certificate;
  try {
    certificate = read(setting);
  } catch (error) {
    return failed(check, `cannot be read: ${reasonOf(error)}`, 'put a certificate in PEM form there');
  }
  const [from, to] = [certificate.validFromDate.getTime(), certificate.validToDate.getTime()];
  const found = `valid from ${formatInstant(from)} to ${formatInstant(to)}`;
  if (now < from) return failed(check, `${found}: not yet`, 'check the clock of this machine and the certificate');
  if (now >= to) return failed(check, `${found}: over`, renew);
  return to - now < SOON.ms ? warning(check, `${found}: it ends soon`, renew) : ok(check, found);
};

/** Remaining validity of the TLS certificates. */
export const checkCertificates: DoctorCheck = ({ settings: { broker }, clock }) => {
  const { tls } = broker;
  if (tls === undefined) return [];
  return [
    checkOne('certificate', tls.cert, clock.now()),
    ...(tls.clientCa === undefined ? [] : [checkOne('authority of devices', tls.clientCa, clock.now())]),
  ];
};
