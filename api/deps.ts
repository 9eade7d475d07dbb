import type { Accounts } from '#accounts/accounts.ts';
import type { AccountSettings } from '#accounts/settings.ts';
import type { ApiCertificate } from './limits/server.ts';
import type { AlertService, ChannelTester } from '#alerter/alerter.ts';
import type { Clock } from '#model/base/clock.ts';
import type { Fault } from '#model/base/fault.ts';
import type { Instant } from '#model/base/instant.ts';
import type { RecentRefusals } from '#model/limits/recent-refusals.ts';
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
import type { RefusedVersions } from '#monitor/refused-versions.ts';
import type { LiveFeed } from '#ingest/observe/live-feed.ts';

/** Services and data that the API uses; `runtime/api-deps.ts` builds them. */
export interface ApiDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly operations: Operations;
  readonly store: Store;
  readonly broker: BrokerClient;
  readonly live: LiveFeed;
  readonly pipeline: PipelineStatus;
  readonly ledger: Ledger;
  /** States of stations. */
  readonly states: States;
  /** Estimated clock errors of devices. */
  readonly skews: Pick<ClockSkews, 'of'>;
  /** Devices that connect with an unsupported version of MQTT. */
  readonly versions: Pick<RefusedVersions, 'levelOf'>;
  /** Replays refused packets and stored raw packets. */
  readonly replayer: Replayer;
  /** Copies the data folder. */
  readonly backup: Backup;
  /** Sends commands and configs to devices. */
  readonly commands: CommandService;
  /** Ends alerts by hand. */
  readonly alerts: AlertService;
  /** Sends test messages to notification channels. */
  readonly channels: ChannelTester;
  /** Recent refused posts of devices and gateways. */
  readonly refusedPosts: RecentRefusals;
  /** Rates of a device. */
  readonly rates: RateSettings;
  /** People, sessions and tokens of programs. */
  readonly accounts: Accounts;
  readonly accountSettings: AccountSettings;
  /** True in the demo, where a browser on this machine signs in by itself. */
  readonly isDemo: boolean;
  /** Key for the hashes of device secrets. */
  readonly secretKey: Buffer;
  readonly operatorToken: Secret;
  /** Certificate for HTTPS; undefined without `broker.tls`. */
  readonly certificate?: ApiCertificate;
  readonly readToken?: Secret;
  /** Ports of the broker, for the answer to a claim; empty when they are unknown. */
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

/** Present state of the pipeline. */
export interface PipelineStatus {
  state(): PipelineState;
}

export interface PipelineState {
  /** Cursor of each reader; undefined before its first commit. */
  readonly storing: Cursor | undefined;
  readonly alerting: Cursor | undefined;
  /** Why the storing reader cannot write; undefined while the store works. */
  readonly storeOutage: StoreOutage | undefined;
}

export interface StoreOutage {
  readonly fault: Fault;
  readonly since: Instant;
}
