import type { Message } from './message.ts';
import type { Instant } from './instant.ts';

/** What a device would say: used by the simulator and by the law that decode undoes encode. */
export interface Outgoing {
  readonly time: Instant | undefined;
  readonly id: string | undefined;
  readonly values: ReadonlyMap<string, number | null>;
}

/** Bytes to values and back. Both are pure; any bytes give a message or throw a `Fault`. */
export interface Codec {
  /** The last level of the topic `v1/<device>/readings/<codec>`. */
  readonly name: string;
  /** Raised when the same bytes are read otherwise than before: a refused packet says which version refused it. */
  readonly version: number;
  /** What HTTP calls it. */
  readonly contentType: string;
  /** @throws Fault when nothing of the payload can be read */
  decode(payload: Uint8Array): Message;
  encode(observations: readonly Outgoing[]): Uint8Array;
}
