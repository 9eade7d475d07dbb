import type { AccountSettings } from '#accounts/settings.ts';
import type { ApiSettings } from '#api/settings.ts';
import type { IngestSettings } from '#ingest/settings.ts';
import type { StoreSettings } from '#storage/readings/index.ts';
import type { QualityVersion } from '#model/quality/quality-versions.ts';
import type { RuleEntry } from '#alerter/rules/rules-file.ts';
import type { AlertSettings } from '#alerter/settings.ts';
import type { Clock } from '#model/base/clock.ts';
import type { RateSettings } from '#model/limits/rates.ts';
import type { Log } from '#model/base/log.ts';
import type { CertificateSettings } from '#process/tls-files.ts';
import type { Profile } from '#model/registry/profile.ts';
import type { Secret } from '#model/base/secret.ts';

export interface IngestOptions {
  readonly ingest: IngestSettings;
  readonly api: ApiSettings;
  readonly store: StoreSettings;
  readonly alerts: AlertSettings;
  /** Entries of `rules.yaml`. */
  readonly rules: readonly RuleEntry[];
  /** Versions of the parameters of the quality tests, by their dates. */
  readonly quality: readonly QualityVersion[];
  /** Device profiles of the product and of the operator. */
  readonly profiles: readonly Profile[];
  readonly accounts: AccountSettings;
  readonly readToken?: Secret | undefined;
  /** Ports of the broker, for devices that ask where to connect, and its rates. */
  readonly broker?: BrokerPorts;
}

export interface IngestDeps {
  readonly clock: Clock;
  readonly log: Log;
  /** Uniform in [0, 1), for the jitter of back-offs. */
  readonly random: () => number;
  readonly folder: { readonly root: string; readonly journal: string; readonly operations: string };
  readonly secretKey: Buffer;
  readonly operatorToken: Secret;
  /** True in the demo, where a browser on this machine signs in by itself. */
  readonly isDemo?: boolean;
  /** Ends the wait for the broker's first journal. */
  readonly signal: AbortSignal;
  /** Resolves when the files of the console are built; only the API waits for it. */
  readonly consoleBuilt?: Promise<void>;
}

/** Settings of the broker that a device needs. */
export interface BrokerPorts {
  readonly mqttPort: number;
  readonly wsPort: number;
  readonly tlsPort: number;
  readonly wssPort: number;
  readonly tls?: CertificateSettings | undefined;
  /** Rates of a device, over MQTT and HTTP alike. */
  readonly limits: RateSettings;
}

/** The address that links in messages lead to: as set, else the console on this machine. */
export const alertLink = ({ alerts, api }: Pick<IngestOptions, 'alerts' | 'api'>): string =>
  alerts.link ?? `http://localhost:${api.port}`;
