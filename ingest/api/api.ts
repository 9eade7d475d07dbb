import fastify from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { Fault } from '#model/fault.ts';
import { formatHttpDate } from '#model/instant.ts';
import { Entrance } from '#model/limits/entrance.ts';
import { accessHook } from './access.ts';
import { makeClaimWriter } from './claim-writer.ts';
import { serveConsole } from './console-files.ts';
import type { ApiDeps } from './deps.ts';
import { errorHandler } from './errors.ts';
import { answerUnknown } from './methods.ts';
import { makeGatewayWriter } from './gateway-writer.ts';
import { makeImportWriter } from './import-writer.ts';
import { makeBodyDecoder } from './limits/body-decoder.ts';
import { makeApiLimited } from './limits/limited.ts';
import { makePostGate } from './limits/post-gate.ts';
import { makeServer } from './limits/server.ts';
import { type ApiMetrics, makeApiMetrics } from './metrics.ts';
import { describeApi } from './openapi.ts';
import { makePeers } from './peers.ts';
import { makeRegistryDesk } from './registry-desk.ts';
import { makeRegistryWriter } from './registry-writer.ts';
import type { Api, RouteContext } from './route.ts';
import { alertRoutes } from './routes/alerts.ts';
import { backupRoute } from './routes/backup.ts';
import { claimRoutes } from './routes/claim.ts';
import { commandRoutes } from './routes/commands.ts';
import { consoleRoute } from './routes/console.ts';
import { deviceConfigRoutes } from './routes/device-config.ts';
import { deviceRoutes } from './routes/devices.ts';
import { fleetRoutes } from './routes/fleet.ts';
import { forwardedRoute } from './routes/forwarded.ts';
import { gatewayRoutes } from './routes/gateways.ts';
import { healthRoutes } from './routes/health.ts';
import { importRoute } from './routes/import.ts';
import { ledgerRoute } from './routes/ledger.ts';
import { quarantineRoutes } from './routes/quarantine.ts';
import { replayRoute } from './routes/replay.ts';
import { receiveRoutes } from './routes/receive.ts';
import { registryRoutes } from './routes/registry.ts';
import { channelRoute, silenceRoutes } from './routes/silences.ts';
import { stationReadingsRoute } from './routes/station-readings.ts';
import { stateRoutes } from './routes/state.ts';
import { stationRoutes } from './routes/stations.ts';
import { streamRoute } from './routes/stream.ts';
import { verifyRoute } from './routes/verify.ts';
import type { ApiSettings } from './settings.ts';

/** The running API. */
export interface RunningApi {
  readonly url: string;
  readonly port: number;
  /** Ends the streams, lets requests under way end, then closes. Safe to call twice. */
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
  const peers = makePeers(settings.trustedProxies);
  const api = await makeApi({ settings, deps, peers, limited }, metrics);
  const url = await listen(api, settings);
  deps.log.info('api listens', { url });
  let stopped: Promise<void> | undefined;

  const stop = async (): Promise<void> => {
    const timer = deps.clock.after(settings.drainTimeout, () => api.server.closeAllConnections());
    await api.close();
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

const makeApi = async (context: RouteContext, metrics: ApiMetrics): Promise<Api> => {
  const { settings, deps, peers, limited } = context;
  // a proxy stands for everyone behind it
  const entrance = new Entrance(settings.limits, { clock: deps.clock, refuse: limited, isExempt: peers.isProxy });
  metrics.watchConnections(() => entrance.open);
  const api: Api = fastify({
    bodyLimit: settings.maxBodyBytes,
    serverFactory: (handler) => makeServer(handler, settings, { entrance, limited }),
    forceCloseConnections: 'idle',
  }).withTypeProvider<ZodTypeProvider>();
  api.setValidatorCompiler(validatorCompiler);
  api.setSerializerCompiler(serializerCompiler);
  api.setErrorHandler(errorHandler(deps.log));
  parseJson(api);
  tellTime(api, deps);
  measure(api, metrics);
  guard(api, deps);
  answerUnknown(api);

  await describeApi(api, VERSION);
  await serveConsole(api, context);
  const desk = makeRegistryDesk(deps);
  const writer = makeRegistryWriter(desk);
  stationRoutes(api, context);
  stateRoutes(api, context);
  fleetRoutes(api, context);
  stationReadingsRoute(api, context);
  streamRoute(api, context, metrics);
  const gate = makePostGate(settings.limits, { clock: deps.clock, rates: deps.rates, limited });
  api.addHook('preClose', async () => gate.stop());
  const intake = { gate, decoder: makeBodyDecoder(settings.maxBodyBytes) };
  await receiveRoutes(api, context, intake);
  registryRoutes(api, writer);
  deviceRoutes(api, context, writer);
  deviceConfigRoutes(api, context, desk);
  commandRoutes(api, context, desk);
  const claims = makeClaimWriter(desk);
  claimRoutes(api, context, claims);
  importRoute(api, makeImportWriter(desk, claims));
  gatewayRoutes(api, context, makeGatewayWriter(desk));
  await forwardedRoute(api, context, intake);
  ledgerRoute(api, context);
  verifyRoute(api, context);
  quarantineRoutes(api, context);
  replayRoute(api, context);
  backupRoute(api, context);
  alertRoutes(api, context);
  silenceRoutes(api, context);
  channelRoute(api, context);
  healthRoutes(api, context, metrics);
  consoleRoute(api, context, VERSION);
  await api.ready();
  return api;
};

/** JSON bodies; none at all is no mistake where a route takes none. */
const parseJson = (api: Api): void => {
  const parse = api.getDefaultJsonParser('error', 'error');
  api.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else void parse(request, body.toString(), done);
  });
};

/** `Date` of every answer is the service's own clock; the console takes its time from it. */
const tellTime = (api: Api, { clock }: ApiDeps): void => {
  api.addHook('onSend', (_request, reply, payload, done) => {
    reply.header('date', formatHttpDate(clock.now()));
    done(null, payload);
  });
};

const measure = (api: Api, metrics: ApiMetrics): void => {
  api.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown';
    metrics.requested({ method: request.method, route, status: reply.statusCode, seconds: reply.elapsedTime / 1_000 });
  });
};

/** Every route says who may use it; one that does not is refused before the server starts. */
const guard = (api: Api, deps: ApiDeps): void => {
  api.addHook('onRoute', (route) => {
    // the pages of @fastify/swagger-ui, which tell nothing of any reading
    if (route.url === '/docs' || route.url.startsWith('/docs/')) route.config = { ...route.config, access: 'public' };
    if (route.config?.access === undefined) throw new Error(`route ${route.url} does not say who may use it`);
  });
  api.addHook('onRequest', accessHook(deps));
};

const listen = async (api: Api, { host, port }: ApiSettings): Promise<string> => {
  try {
    await api.listen({ host, port });
  } catch (error) {
    await api.close();
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
      throw new Fault('PORT_IN_USE', `${host}:${port}; stop it, or choose another port (KLAWING_HTTP_PORT)`, {
        cause: error,
      });
    }
    throw error;
  }
  const address = api.server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  return `http://${host.includes(':') ? `[${host}]` : host}:${bound}`;
};
