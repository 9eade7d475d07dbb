import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { serveMissingConsole } from './missing.ts';
import type { Api, RouteContext } from '#api/route.ts';

const DIST = fileURLToPath(new URL('../../dashboards/console/dist', import.meta.url));

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Files under here have a hash of their content in their name. */
const HASHED = '/assets/';

interface File {
  readonly path: string;
  readonly type: string;
  readonly etag: string;
  readonly content: Buffer;
  readonly zipped: () => Promise<Buffer>;
}

/**
 * The console at `/`, as it was built before: read once, cached by ETag, or for good where the name has a hash.
 * It has hash routes, so no other path leads to it. Where it was not built, `/` says so and the rest of the API works.
 */
export const serveConsole = async (api: Api, { settings, deps }: RouteContext): Promise<void> => {
  const files = await readFiles();
  const policy = policyFor(settings.tilesUrl);
  if (files.length === 0) {
    deps.log.warn('no console: it is not built', { run: 'npm ci && npm run console' });
    serveMissingConsole(api);
  }
  for (const file of files) {
    api.get(file.path, { config: { access: 'public' }, schema: { hide: true } }, async (request, reply) => {
      reply
        .header('etag', file.etag)
        .header('vary', 'Accept-Encoding')
        .header('cache-control', file.path.startsWith(HASHED) ? 'public, max-age=31536000, immutable' : 'no-cache')
        .header('content-security-policy', policy)
        .header('x-content-type-options', 'nosniff')
        .header('referrer-policy', 'no-referrer');
      const known = (request.headers['if-none-match'] ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
      if (known.includes(file.etag)) return reply.code(304).send();
      reply.type(file.type);
      if (!/\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) return reply.send(file.content);
      return reply.header('content-encoding', 'gzip').send(await file.zipped());
    });
  }
};

/**
 * The console loads nothing from elsewhere but the tiles that an operator chose, runs nothing but its own files, and
 * stands in no one's frame. The map library makes its worker of a blob.
 */
const policyFor = (tilesUrl: string | undefined): string => {
  const tiles = tilesUrl === undefined ? '' : ` ${new URL(tilesUrl).origin}`;
  return [
    "default-src 'self'",
    `img-src 'self' data: blob:${tiles}`,
    `connect-src 'self'${tiles}`,
    'worker-src blob:',
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "object-src 'none'",
  ].join('; ');
};

const readFiles = async (): Promise<readonly File[]> => {
  const found = await readdir(DIST, { recursive: true, withFileTypes: true }).catch(() => []);
  const names = found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(names.filter((name) => TYPES[extname(name)] !== undefined).map(readOne));
};

const readOne = async (name: string): Promise<File> => {
  const content = await readFile(name);
  const path = name.slice(DIST.length).replaceAll('\\', '/');
  let zipped: Promise<Buffer> | undefined;
  return {
    path: path === '/index.html' ? '/' : path,
    type: TYPES[extname(name)] ?? '',
    etag: `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`,
    content,
    zipped: () => {
      zipped ??= promisify(gzip)(content);
      return zipped;
    },
  };
};
