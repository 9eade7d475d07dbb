import { Fault } from '#model/base/fault.ts';
import { answerFault } from '#api/problem.ts';
import type { Api } from '#api/route.ts';

const COMMANDS = 'npm ci && npm run console';

/** For a visitor with a browser, who is not always the person that runs the service. */
const PAGE = `<!doctype html>
<html lang="id"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Klawing</title>
<h1>Konsol belum dibangun</h1>
<p>Klawing berjalan, menerima dan menyimpan data, tetapi halaman ini belum dibangun. Di folder Klawing jalankan
<code>${COMMANDS}</code>, lalu mulai ulang Klawing. Antarmuka program tersedia di <a href="/docs/">/docs</a>.</p>
<div lang="en"><h1>The console is not built</h1>
<p>Klawing runs, receives and stores data, but this page has not been built. In the folder of Klawing run
<code>${COMMANDS}</code>, then start Klawing again. The API is described at <a href="/docs/">/docs</a>.</p></div>
</html>
`;

const TYPES = ['application/problem+json', 'text/html'];

/** Explains at `/` how to build the console; the rest of the API works without it. */
export const serveMissingConsole = (api: Api): void => {
  api.get('/', { config: { access: 'public' }, schema: { hide: true } }, (request, reply) => {
    reply.header('vary', 'Accept');
    if (request.type(TYPES) !== 'text/html') {
      const detail = `run "${COMMANDS}" in the folder of Klawing, then start it again; the API works without it`;
      return answerFault(request, reply, new Fault('CONSOLE_MISSING', detail), 503);
    }
    return reply
      .code(503)
      .header('cache-control', 'no-store')
      .header('content-security-policy', "default-src 'none'; frame-ancestors 'none'")
      .type('text/html; charset=utf-8')
      .send(PAGE);
  });
};
