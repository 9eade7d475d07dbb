import type { InfluxSettings } from './settings.ts';

/** The server, the place in it, and the login that the settings name. */
export interface InfluxPlace extends Pick<InfluxSettings, 'url' | 'org' | 'bucket' | 'user' | 'writePath'> {
  readonly hasToken: boolean;
}

export const placeOf = (settings: InfluxSettings): InfluxPlace => ({
  url: settings.url,
  org: settings.org,
  bucket: settings.bucket,
  user: settings.user,
  writePath: settings.writePath,
  hasToken: settings.token !== undefined,
});

/** Database and retention policy of a bucket: `database`, or `database/retention-policy`. */
export const databaseOf = (bucket: string): Readonly<Record<'db', string>> & { readonly rp?: string } => {
  const slash = bucket.indexOf('/');
  return slash < 0 ? { db: bucket } : { db: bucket.slice(0, slash), rp: bucket.slice(slash + 1) };
};

/** An identifier: a measurement, a field or a tag. */
export const identifier = (text: string): string => `"${text.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')}"`;
