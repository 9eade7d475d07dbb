import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Api } from './route.ts';

const FILES = [
  { path: '/', file: 'index.html', type: 'text/html; charset=utf-8' },
  { path: '/page.css', file: 'page.css', type: 'text/css; charset=utf-8' },
  { path: '/page.js', file: 'page.js', type: 'text/javascript; charset=utf-8' },
  { path: '/texts.js', file: 'texts.js', type: 'text/javascript; charset=utf-8' },
  { path: '/events.js', file: 'events.js', type: 'text/javascript; charset=utf-8' },
  { path: '/icon.svg', file: 'icon.svg', type: 'image/svg+xml' },
];

/** The page loads nothing from elsewhere, runs nothing but its own files, and stands in no one's frame. */
const POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";

/** The page at `/`: files as they are, cached by ETag. */
export const servePage = async (api: Api): Promise<void> => {
  for (const { path, file, type } of FILES) {
    const content = await readFile(new URL(`page/${file}`, import.meta.url));
    const etag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`;
    api.get(path, { config: { access: 'public' }, schema: { hide: true } }, (request, reply) => {
      reply
        .header('etag', etag)
        .header('cache-control', 'no-cache')
        .header('content-security-policy', POLICY)
        .header('x-content-type-options', 'nosniff')
        .header('referrer-policy', 'no-referrer');
      const known = (request.headers['if-none-match'] ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
      return known.includes(etag) ? reply.code(304).send() : reply.type(type).send(content);
    });
  }
};
