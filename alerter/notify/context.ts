import type { Alert, Silence } from '#model/alerts/alert.ts';
import type { Instant } from '#model/base/instant.ts';
import type { Registry } from '#model/registry/registry.ts';
import type { Channel } from './channel.ts';

/** Facts that the stages of notification may use besides the changes. */
export interface NotifyContext {
  readonly channels: readonly Channel[];
  readonly registry: Registry;
  readonly silences: readonly Silence[];
  readonly now: Instant;
  /** Journal and last entry of the batch: they make the keys of messages unique. */
  readonly journal: string;
  readonly sequence: number;
  /** Pending and firing alerts after the batch. */
  readonly standing: readonly Alert[];
  /** True when the broker was started, and holds no states any more. */
  readonly isBrokerNew: boolean;
  /** Address of the console. */
  readonly link: string;
}
