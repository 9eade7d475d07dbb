import type { AlertService, ChannelTester } from '#alerter/alerter.ts';
import type { Clock } from '#model/base/clock.ts';
import type { Fault } from '#model/base/fault.ts';
import type { Instant } from '#model/base/instant.ts';
import type { RateSettings } from '#model/limits/rates.ts';
import type { Log } from '#model/base/log.ts';
import type { Secret } from '#model/base/secret.ts';
import type { Backup } from '#backup/backup.ts';
import type { CommandService } from '#commands/service.ts';
import type { Ledger } from '#ingest/ledger/ledger.ts';
import type { Cursor } from '#storage/operations/storing.ts';
import type { Operations } from '#storage/operations/operations.ts';
import type { Replayer } from '#ingest/replay/replayer.ts';
import type { BrokerClient } from '#broker/client/broker-client.ts';
import type { Store } from '#storage/readings/store.ts';
import type { States } from '#state/states.ts';
import type { ClockSkews } from '#monitor/clock-skew.ts';
import type { LiveFeed } from '#ingest/observe/live-feed.ts';

/** What the API serves and asks; it owns none of it. */
export interface ApiDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly operations: Operations;
  readonly store: Store;
  readonly broker: BrokerClient;
  readonly live: LiveFeed;
  readonly pipeline: PipelineStatus;
  readonly ledger: Ledger;
  /** The states of stations. */
  readonly states: States;
  /** What is thought of the clocks of devices. */
  readonly skews: Pick<ClockSkews, 'of'>;
  /** Runs refused packets and kept raw packets again. */
  readonly replayer: Replayer;
  /** Copies the data folder. */
  readonly backup: Backup;
  /** Takes commands and configs to devices. */
  readonly commands: CommandService;
  /** Ends alerts by hand. */
  readonly alerts: AlertService;
  /** Channels of notification, to be tried. */
  readonly channels: ChannelTester;
  /** What a device may post in a second. */
  readonly rates: RateSettings;
  /** Key under which the secrets of devices are hashed. */
  readonly secretKey: Buffer;
  readonly operatorToken: Secret;
  readonly readToken?: Secret;
  /** Where devices connect, as a claimed box is told; nothing where it is not known. */
  readonly endpoints?: BrokerEndpoints;
  /** Prometheus text of ingest's own figures, without those of the API. */
  readonly metrics: () => Promise<string>;
}

/** Ports of the broker. */
export interface BrokerEndpoints {
  readonly port?: number;
  readonly tls_port?: number;
  readonly ws_port?: number;
  readonly wss_port?: number;
}

/** How the pipeline is doing, as of now. */
export interface PipelineStatus {
  state(): PipelineState;
}

export interface PipelineState {
  /** How far each reader has come; undefined before its first commit. */
  readonly storing: Cursor | undefined;
  readonly alerting: Cursor | undefined;
  /** Why keep cannot write, or undefined while the store takes what it is given. */
  readonly storeOutage: StoreOutage | undefined;
}

export interface StoreOutage {
  readonly fault: Fault;
  readonly since: Instant;
}
