import type { Random } from '#firmware-sim/random.ts';
import type { Sender, Sent } from '#test/support/clients/sender.ts';
import type { Service, ServiceOptions } from '#test/support/servers/service.ts';
import type { StoreUnderTest, StoreName } from './store-under-test.ts';

/** The parts that a fault can act on. */
export interface SoakContext {
  readonly service: Service;
  readonly ground: StoreUnderTest;
  readonly sender: Sender;
  readonly random: Random;
}

/** Data that a fault has destroyed for good, up to now. */
export interface Losses {
  /** Messages that were counted as received, and that nothing can account for. */
  messages(): number;
  /** Which of these messages nothing is left of. */
  among(service: Service, sent: readonly Sent[]): Promise<readonly Sent[]>;
}

/** A fault at work: what it wants of the service, and what it does in a round. */
export interface Play {
  readonly options?: Pick<ServiceOptions, 'config' | 'data' | 'env'>;
  /** Breaks something and mends it. Devices may still be on their way back when it returns. */
  round(world: SoakContext, round: number): Promise<void>;
  /** Absent where nothing may be lost. */
  readonly losses?: Losses;
}

/** Something that goes wrong while devices send. Whatever it is, nothing acknowledged may be missing, or there twice. */
export interface SoakFault {
  readonly name: string;
  readonly summary: string;
  /** Stores that it can be played over; all of them when absent. */
  readonly stores?: readonly StoreName[];
  /** @throws Error where this machine does not allow it */
  begin(ground: StoreUnderTest): Play | Promise<Play>;
}
