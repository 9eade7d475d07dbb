import type { Fault } from '#model/base/fault.ts';
import type { MemberRules } from '#model/payload/member-rules.ts';
import type { TimeReader } from '#model/payload/device-time.ts';
import type { Message } from './message.ts';
import type { Instant } from '#model/base/instant.ts';

/** A message of a device, for the simulator and for the test that decode reverses encode. */
export interface OutgoingObservation {
  readonly time: Instant | undefined;
  readonly id: string | undefined;
  readonly values: ReadonlyMap<string, number | null>;
}

/** Reads the bytes of a device that a network server carries inside its own message. */
export interface Carried {
  /** Undefined where the codec of the device is that of a network server itself. */
  readonly codec: Codec | undefined;
  /** The bytes are read also where the network server has decoded them. */
  readonly isFirst: boolean;
}

/** How the registration of its device wants a payload to be read. */
export interface DecodeOptions {
  readonly carried?: Carried | undefined;
  /** True: only what the format itself allows is read. */
  readonly strict?: true | undefined;
  /** True: in a number that is written as text, a comma separates the decimals. */
  readonly decimalComma?: true | undefined;
  /** The value that counts where one name has several; undefined: none of them. */
  readonly duplicateNames?: 'first' | 'last' | undefined;
  /** How its members are found; undefined where the registration says nothing of them. */
  readonly members?: MemberRules | undefined;
  /** Reads its times; undefined where the registration says nothing of them. */
  readonly times?: TimeReader | undefined;
}

/** Bytes to values and back. Both are pure; any bytes give a message or throw a `Fault`. */
export interface Codec {
  /** The last level of the topic `v1/<device>/readings/<codec>`. */
  readonly name: string;
  /** Raised when the same bytes are read otherwise than before: a refused packet says which version refused it. */
  readonly version: number;
  /** One of the names that the format itself gives its values, as `temperature_1`; absent where any name is carried. */
  readonly ownName?: string;
  /** Its content type in HTTP. */
  readonly contentType: string;
  /** @throws Fault when nothing of the payload can be read */
  decode(payload: Uint8Array, options?: DecodeOptions): Message;
  /** The fault of a packet with more readings than one packet may hold; no later registration mends it. Absent in formats without such a limit. */
  tooLong?(payload: Uint8Array): Fault | undefined;
  encode(observations: readonly OutgoingObservation[]): Uint8Array;
}
