import { databaseOf, identifier, type InfluxPlace } from './place.ts';

/** A failure in the words of the server. */
export interface InfluxRefusal {
  /** 200 for an error inside the answer to a query. */
  readonly status: number;
  readonly words: string;
  /** The form of the answer is that of 2.x, a `code` and a `message`; or Klawing writes by the path of 2.x. */
  readonly isOfVersion2: boolean;
}

/** Says that the database is missing: on 1.x the one answer that leads to `CREATE DATABASE`. */
export const isDatabaseMissing = (words: string): boolean => /database not found/i.test(words);

const ORG_MISSING = /organization (?:name )?"?[^"]*"? ?not found/i;
const BUCKET_MISSING = /bucket "?[^"]*"? ?not found/i;
const NOT_MAPPED = /database not found|dbrp mapping|retention policy not found/i;
const NOT_ALLOWED = /insufficient permissions|not authorized|is unauthorized|forbidden/i;

const DOCS = 'docs/operating.md, "InfluxDB"';

/** Rights in the words of each version. */
const grant = ({ org, bucket, user }: InfluxPlace, isOfVersion2: boolean): string => {
  if (isOfVersion2) return `influx auth create --org ${org} --read-bucket <id> --write-bucket <id> (${DOCS})`;
  return `GRANT ALL ON ${identifier(databaseOf(bucket).db)} TO ${identifier(user ?? 'klawing')} (${DOCS})`;
};

const loginAdvice = (place: InfluxPlace, isOfVersion2: boolean): string => {
  const { user, hasToken, bucket } = place;
  if (user !== undefined) {
    const account = isOfVersion2 ? 'of the v1 account (influx v1 auth list)' : 'of the account';
    return `check token, or user and password: store.user and store.password are not those ${account}`;
  }
  if (!isOfVersion2) {
    const has = hasToken ? 'InfluxDB 1.x knows no tokens' : 'this server asks for a login';
    return `check token, or user and password: ${has}; set store.user and store.password`;
  }
  const has = hasToken ? 'the server does not know this token, or it is inactive' : 'the server asks for a token';
  return `check token, or user and password: ${has}; set store.token (KLAWING_INFLUX_TOKEN) to one for the bucket ${bucket}: ${grant(place, true)}`;
};

const rightsAdvice = (place: InfluxPlace, isOfVersion2: boolean): string => {
  const { bucket, user } = place;
  const who = user === undefined ? 'the token' : `the account ${user}`;
  const what = isOfVersion2 ? `the bucket ${bucket}` : `the database ${databaseOf(bucket).db}`;
  return `${who} may not write there, or not read: it is read-only, or not for ${what}; Klawing needs both rights: ${grant(place, isOfVersion2)}`;
};

const mappingAdvice = ({ org, bucket }: InfluxPlace): string => {
  const { db, rp = 'autogen' } = databaseOf(bucket);
  const command = `influx v1 dbrp create --org ${org} --bucket-id <id> --db ${db} --rp ${rp} --default`;
  return `InfluxQL finds no bucket under this name: the bucket ${bucket} has no mapping (DBRP), or the token may not read it; create the mapping: ${command} (${DOCS})`;
};

const OTHERWISE: Readonly<Record<number, string>> = {
  404: 'check that the database or bucket exists, and the write path (store.writePath: /api/v2/write, or /write for 1.x)',
  429: 'the store asks for a pause',
};

/** The remedy for a failure, by the words of the server: what is missing, or which right. */
export const adviceFor = ({ status, words, isOfVersion2 }: InfluxRefusal, place: InfluxPlace): string => {
  const { org, bucket } = place;
  if (ORG_MISSING.test(words)) {
    return `the server has no organisation ${org}; set store.org (KLAWING_INFLUX_ORG) to its name: influx org list`;
  }
  if (BUCKET_MISSING.test(words)) {
    return `the organisation ${org} has no bucket ${bucket}; create it: influx bucket create --org ${org} --name ${bucket}, or set store.bucket (KLAWING_INFLUX_BUCKET)`;
  }
  if (NOT_MAPPED.test(words)) {
    if (isOfVersion2) return mappingAdvice(place);
    return isDatabaseMissing(words) ? `run CREATE DATABASE ${identifier(databaseOf(bucket).db)}` : `see ${DOCS}`;
  }
  if (status === 401) return loginAdvice(place, isOfVersion2);
  if (status === 403 || NOT_ALLOWED.test(words)) return rightsAdvice(place, isOfVersion2);
  return OTHERWISE[status] ?? 'see the log of the store';
};
