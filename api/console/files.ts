import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import { serveMissingConsole } from './missing.ts';
import type { Api, RouteContext } from '#api/route.ts';

const DIST = fileURLToPath(new URL('../../dashboards/console/dist', import.meta.url));

/** Files in here have a hash of their content in their name. */
const HASHED = 'assets/';

/** Files that the build writes beside a file for clients that accept the encoding. */
const COMPRESSED = /\.(?:br|gz)$/;

/**
 * The built console at `/`: compressed by the build, cached for good where the name has a hash, else by its ETag. The console
 * has hash routes, so its files are all the paths there are. Without a build `/` says so, and the rest of the API works.
 */
export const serveConsole = async (api: Api, { settings, deps }: RouteContext): Promise<void> => {
  const files = await builtFiles();
  if (files.length === 0) {
    deps.log.warn('console not built', { run: 'npm ci && npm run console' });
    return serveMissingConsole(api);
  }
  const policy = policyFor(settings.tilesUrl);
  await api.register(fastifyStatic, { root: DIST, serve: false, preCompressed: true, cacheControl: false });
  for (const file of files) {
    const path = file === 'index.html' ? '/' : `/${file}`;
    api.get(path, { config: { access: 'public' }, schema: { hide: true } }, (_request, reply) =>
      reply
        .header('cache-control', file.startsWith(HASHED) ? 'public, max-age=31536000, immutable' : 'no-cache')
        .header('content-security-policy', policy)
        .header('x-content-type-options', 'nosniff')
        .header('referrer-policy', 'no-referrer')
        .sendFile(file),
    );
  }
};

/**
 * The console loads nothing from elsewhere but the tiles that an operator chose, runs only its own files, and cannot be
 * put into a frame. The map library makes its worker of a blob.
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

/** Paths below `dist/`; none where the console is not built. */
const builtFiles = async (): Promise<readonly string[]> => {
  const entries = await readdir(DIST, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile() && !COMPRESSED.test(entry.name))
    .map((entry) => relative(DIST, join(entry.parentPath, entry.name)).replaceAll(sep, '/'));
};
