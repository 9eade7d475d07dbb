import { once } from 'node:events';
import type { Server as SecureServer } from 'node:https';
import fastifyAccepts from '@fastify/accepts';
import fastify from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { Fault } from '#model/base/fault.ts';
import { formatHttpDate } from '#model/base/instant.ts';
import { ConnectionLimiter } from '#model/limits/connection-limiter.ts';
import { accessHook } from './access.ts';
import { audit } from './audit.ts';
import { makeClaimService } from '#registry/claims.ts';
import { serveConsole } from '#api/console/files.ts';
import type { ApiDeps } from '#api/deps.ts';
import { errorHandler } from './errors.ts';
import { answerUnknown } from './methods.ts';
import { makeGatewayService } from '#registry/gateways.ts';
import { makeImportService } from '#registry/import.ts';
import { makeBodyDecoder } from '#api/limits/body-decoder.ts';
import { makeApiLimited } from '#api/limits/limited.ts';
import { noteRefusedPosts } from '#api/limits/refused-posts.ts';
import { makePostGate } from '#api/limits/post-gate.ts';
import { makeSecureServer, makeServer } from '#api/limits/server.ts';
import { type ApiMetrics, makeApiMetrics } from './metrics.ts';
import { describeAccess, describeApi } from './openapi.ts';
import { makeOperationRights } from './rights.ts';
import { proxyCheck } from './proxies.ts';
import { makeRegistryService, type RegistryService } from '#registry/service.ts';
import { makeRegistryChanges } from '#registry/apply.ts';
import type { Api, RouteContext } from '#api/route.ts';
import { auditRoute } from '#api/audit/routes.ts';
import { passkeyRoutes } from '#api/session/passkeys.ts';
import { oidcRoutes } from '#api/session/oidc.ts';
import { peopleRoutes } from '#api/people/routes.ts';
import { tokenRoutes } from '#api/people/tokens.ts';
import { sessionRoutes } from '#api/session/routes.ts';
import { alertRoutes } from '#api/alerts/routes.ts';
import { backupRoute } from '#api/backup/routes.ts';
import { claimRoutes } from '#api/claims/routes.ts';
import { commandRoutes } from '#api/commands/routes.ts';
import { consoleRoute } from '#api/console/routes.ts';
import { deviceConfigRoutes } from '#api/commands/config.ts';
import { deviceRoutes } from '#api/devices/routes.ts';
import { refusalRoute } from '#api/devices/refusals.ts';
import { fleetRoutes } from '#api/fleet/routes.ts';
import { forwardedRoute } from '#api/gateways/events.ts';
import { gatewayRoutes } from '#api/gateways/routes.ts';
import { healthRoutes } from '#api/system/routes.ts';
import { importRoute } from '#api/devices/import.ts';
import { ledgerRoute } from '#api/ledger/routes.ts';
import { quarantineRoutes } from '#api/quarantine/routes.ts';
import { decodeRoutes } from '#api/decode/routes.ts';
import { replayRoute } from '#api/replay/routes.ts';
import { receiveRoutes } from '#api/readings/receive.ts';
import { registryRoutes } from '#api/registry/routes.ts';
import { channelRoute, silenceRoutes } from '#api/alerts/silences.ts';
import { stationReadingsRoute } from '#api/readings/routes.ts';
import { wellFormed, wellFormedJson } from './well-formed.ts';
import { stateRoutes } from '#api/stations/state-routes.ts';
import { stationRoutes } from '#api/stations/routes.ts';
import { streamRoute } from '#api/stream/routes.ts';
import { verifyRoute } from '#api/ledger/verify.ts';
import type { ApiSettings } from '#api/settings.ts';

/** The running API. */
export interface RunningApi {
  readonly url: string;
  readonly port: number;
  /** Ends the streams, waits for current requests, then closes. Safe to call twice. */
  stop(): Promise<void>;
}

/** Version of the API's description. */
const VERSION = '1.0.0';

/**
 * Serves the HTTP API and the console.
 * @throws Fault `PORT_IN_USE`
 */
export const startApi = async (settings: ApiSettings, deps: ApiDeps): Promise<RunningApi> => {
  const metrics = makeApiMetrics();
  const limited = makeApiLimited(metrics, deps);
  const { api, secure } = await makeApi({ settings, deps, limited, rights: makeOperationRights() }, metrics);
  const url = await listen(api, settings);
  const secureUrl = secure === undefined ? undefined : await listenSecure(api, secure, settings);
  deps.log.info('api listens', { url, https: secureUrl });
  let stopped: Promise<void> | undefined;

  const stop = async (): Promise<void> => {
    const timer = deps.clock.after(settings.drainTimeout, () => {
      api.server.closeAllConnections();
      secure?.closeAllConnections();
    });
    await Promise.all([api.close(), secure === undefined ? undefined : closed(secure)]);
    timer.stop();
  };

  return {
    url,
    port: Number(new URL(url).port),
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
};

/** Stops listening, and waits for the requests that are under way. */
const closed = (server: SecureServer): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });

interface ServedApi {
  readonly api: Api;
  /** The same by HTTPS; undefined without a certificate. */
  readonly secure: SecureServer | undefined;
}

// oxlint-disable-next-line max-lines-per-function -- wires the routes and the hooks of one server
const makeApi = async (context: RouteContext, metrics: ApiMetrics): Promise<ServedApi> => {
  const { settings, deps, limited } = context;
  const isProxy = proxyCheck(settings.trustedProxies);
  // a proxy carries the connections of many clients
  const connections = new ConnectionLimiter(settings.limits, {
    clock: deps.clock,
    refuse: limited,
    isExempt: isProxy,
  });
  metrics.watchConnections(() => connections.open);
  const { certificate } = deps;
  let secure: SecureServer | undefined;
  const api: Api = fastify({
    bodyLimit: settings.maxBodyBytes,
    serverFactory: (handler) => {
      if (certificate !== undefined)
        secure = makeSecureServer(handler, settings, { connections, limited, certificate });
      return makeServer(handler, settings, { connections, limited });
    },
    forceCloseConnections: 'idle',
    trustProxy: isProxy,
  }).withTypeProvider<ZodTypeProvider>();
  api.setValidatorCompiler(validatorCompiler);
  api.setSerializerCompiler(serializerCompiler);
  api.setErrorHandler(errorHandler(deps.log));
  parseJson(api);
  tellTime(api, deps);
  keepWellFormed(api);
  measure(api, metrics);
  guard(api, context);
  noteRefusedPosts(api, deps);
  answerUnknown(api);

  await api.register(fastifyAccepts);
  await describeApi(api, VERSION);
  await serveConsole(api, context);
  const registry = makeRegistryService(deps);
  const changes = makeRegistryChanges(registry);
  stationRoutes(api, context);
  stateRoutes(api, context);
  fleetRoutes(api, context);
  stationReadingsRoute(api, context);
  streamRoute(api, context, metrics);
  const gate = makePostGate(settings.limits, { clock: deps.clock, rates: deps.rates, limited });
  api.addHook('preClose', async () => gate.stop());
  const intake = { gate, decoder: makeBodyDecoder(settings.maxBodyBytes) };
  await receiveRoutes(api, context, intake);
  registryRoutes(api, changes);
  deviceRoutes(api, context, changes);
  refusalRoute(api, context);
  deviceConfigRoutes(api, context, registry);
  commandRoutes(api, context, registry);
  claimAndImportRoutes(api, context, registry);
  gatewayRoutes(api, context, makeGatewayService(registry));
  await forwardedRoute(api, context, intake);
  ledgerRoute(api, context);
  verifyRoute(api, context);
  quarantineRoutes(api, context);
  replayRoute(api, context);
  decodeRoutes(api, context);
  backupRoute(api, context);
  alertRoutes(api, context);
  silenceRoutes(api, context);
  channelRoute(api, context);
  accountRoutes(api, context);
  healthRoutes(api, context, metrics);
  consoleRoute(api, context, VERSION);
  await api.ready();
  return { api, secure };
};

/** Claim codes, and the import of lists of devices, which makes codes too. */
const claimAndImportRoutes = (api: Api, context: RouteContext, registry: RegistryService): void => {
  const claims = makeClaimService(registry);
  claimRoutes(api, context, claims);
  importRoute(api, makeImportService(registry, claims));
};

/** Signing in, people, tokens of programs, and the trail of changes. */
const accountRoutes = (api: Api, context: RouteContext): void => {
  sessionRoutes(api, context);
  passkeyRoutes(api, context);
  oidcRoutes(api, context);
  peopleRoutes(api, context);
  tokenRoutes(api, context);
  auditRoute(api, context);
};

/** An escape that may be half of a surrogate pair. */
const HALF_PAIR = /\\u[dD][89a-fA-F]/;

/** Parses JSON bodies. An empty body is valid for a route that takes none. */
const parseJson = (api: Api): void => {
  const parse = api.getDefaultJsonParser('error', 'error');
  api.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    const text = body.toString();
    const isPlain = !HALF_PAIR.test(text);
    if (text === '') done(null, undefined);
    else void parse(request, text, (error, value) => done(error, isPlain ? value : wellFormed(value)));
  });
};

/** Sets `Date` of every answer from the service's clock; the console reads its time from it. */
const tellTime = (api: Api, { clock }: ApiDeps): void => {
  api.addHook('onSend', (_request, reply, payload, done) => {
    reply.header('date', formatHttpDate(clock.now()));
    done(null, payload);
  });
};

/** Half a surrogate pair, which a device may have sent, stands in no answer. */
const keepWellFormed = (api: Api): void => {
  api.addHook<string>('onSend', (_request, reply, payload, done) => {
    const isJson = typeof payload === 'string' && String(reply.getHeader('content-type')).includes('json');
    done(null, isJson ? wellFormedJson(payload) : payload);
  });
};

const measure = (api: Api, metrics: ApiMetrics): void => {
  api.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown';
    metrics.requested({ method: request.method, route, status: reply.statusCode, seconds: reply.elapsedTime / 1_000 });
  });
};

/** Requires `config.access` of every route; a route without it stops the start. */
const guard = (api: Api, { deps, rights }: RouteContext): void => {
  api.addHook('onRoute', (route) => {
    // the pages of @fastify/swagger-ui, which show no data
    if (route.url === '/docs' || route.url.startsWith('/docs/')) route.config = { ...route.config, access: 'public' };
    if (route.config?.access === undefined) throw new Error(`route ${route.url} has no config.access`);
    describeAccess(route);
    rights.note(route);
    audit(route, deps);
  });
  api.decorateRequest('caller');
  api.addHook('onRequest', accessHook(deps));
};

const listen = async (api: Api, { host, port }: ApiSettings): Promise<string> => {
  try {
    await api.listen({ host, port });
  } catch (error) {
    await api.close();
    throw portInUse(error, `${host}:${port}`, 'KLAWING_HTTP_PORT');
  }
  return `http://${addressOf(api.server.address(), host, port)}`;
};

/** Binds the HTTPS server. */
const listenSecure = async (api: Api, secure: SecureServer, { host, tlsPort }: ApiSettings): Promise<string> => {
  try {
    const listening = once(secure, 'listening');
    secure.listen({ host, port: tlsPort });
    await listening;
  } catch (error) {
    await api.close();
    throw portInUse(error, `${host}:${tlsPort}`, 'KLAWING_HTTPS_PORT');
  }
  return `https://${addressOf(secure.address(), host, tlsPort)}`;
};

const portInUse = (error: unknown, place: string, variable: string): unknown =>
  error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
    ? new Fault('PORT_IN_USE', `${place}; stop it, or choose another port (${variable})`, { cause: error })
    : error;

const addressOf = (bound: ReturnType<SecureServer['address']>, host: string, port: number): string =>
  `${host.includes(':') ? `[${host}]` : host}:${typeof bound === 'object' && bound !== null ? bound.port : port}`;
