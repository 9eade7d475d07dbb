import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ApiLimit } from '#api/limits/limited.ts';

/** Metrics of the API. */
export interface ApiMetrics {
  requested(request: {
    readonly method: string;
    readonly route: string;
    readonly status: number;
    readonly seconds: number;
  }): void;
  streams(count: number): void;
  streamCut(reason: 'overrun' | 'stalled'): void;
  limited(limit: ApiLimit): void;
  /** Reads the number of open connections at each scrape. */
  watchConnections(open: () => number): void;
  /** Prometheus text. */
  text(): Promise<string>;
}

export const makeApiMetrics = (): ApiMetrics => {
  const registers = [new Registry()];
  const requests = new Counter({
    name: 'klawing_api_requests_total',
    help: 'Requests by route and status',
    labelNames: ['method', 'route', 'status'],
    registers,
  });
  const seconds = new Histogram({
    name: 'klawing_api_request_seconds',
    help: 'Time from a request to the end of its answer',
    labelNames: ['method', 'route'],
    buckets: [0.005, 0.02, 0.1, 0.25, 1, 5, 30],
    registers,
  });
  const streams = new Gauge({ name: 'klawing_api_streams', help: 'Clients of the live stream', registers });
  const cut = new Counter({
    name: 'klawing_api_streams_cut_total',
    help: 'Clients of the live stream that were disconnected because they did not read',
    labelNames: ['reason'],
    registers,
  });
  const limited = new Counter({
    name: 'klawing_api_limited_total',
    help: 'Connections and requests that were refused, delayed or closed, by limit',
    labelNames: ['limit'],
    registers,
  });
  return {
    requested: ({ method, route, status, seconds: taken }) => {
      requests.inc({ method, route, status });
      seconds.observe({ method, route }, taken);
    },
    streams: (count) => streams.set(count),
    streamCut: (reason) => cut.inc({ reason }),
    limited: (limit) => limited.inc({ limit }),
    watchConnections: (open) => {
      new Gauge({
        name: 'klawing_api_connections',
        help: 'Connections open',
        registers,
        collect() {
          this.set(open());
        },
      });
    },
    text: async () => (await Promise.all(registers.map((registry) => registry.metrics()))).join(''),
  };
};
