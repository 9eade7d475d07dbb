import type { InfluxAccess } from '#bench/service/influx-server.ts';

/** Broker and store of a collector. */
export interface CollectorTarget {
  readonly mqttPort: number;
  readonly store: InfluxAccess;
}

/** A program that subscribes to the readings of a broker and writes them into InfluxDB. */
export interface Collector {
  readonly name: string;
  /** The field of `pm2_5` in the measurement `air`, for the count. */
  readonly field: string;
  readonly pid: number;
  /** Fails when the program has ended. */
  check(): void;
  /** Safe to call twice. */
  stop(): Promise<void>;
}
