import { type Publishes, encodePublish } from './publishes.ts';
import { type Instant, formatInstant } from '#model/base/instant.ts';

const MINUTE_MS = 60_000;
/** Readings in one array, the limit of a packet. */
const ARRAY = 1_000;

/** Larger than the variation of a value, so that a corrected value differs from the first one. */
const CORRECTION = 1.5;

/** The readings of one device during an outage: one per minute, some sent twice, some corrected. */
export interface BacklogPlan {
  /** Observed-at of the newest reading. */
  readonly until: Instant;
  readonly minutes: number;
  /** Share of the readings that are sent twice. */
  readonly duplicates: number;
  /** Share of the other readings that are sent with two different values. */
  readonly revised: number;
}

/** Expected counts of the ledger for the backlog of one device, in readings of one value each. */
export interface BacklogCounts {
  readonly observations: number;
  readonly duplicates: number;
  readonly revised: number;
}

const numberOf = (share: number, minutes: number): number => Math.round(share * minutes);

/** Number of observations of five values each that a device sends. */
export const countBacklog = ({ minutes, duplicates, revised }: Omit<BacklogPlan, 'until'>): BacklogCounts => ({
  observations: minutes + numberOf(duplicates, minutes) + numberOf(revised, minutes),
  duplicates: numberOf(duplicates, minutes),
  revised: numberOf(revised, minutes),
});

/** Numbers in [0, 1) that are the same in each run (a linear congruential generator). */
const randomFrom = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
};

const shuffle = (items: string[], random: () => number): void => {
  for (let i = items.length - 1; i > 0; i -= 1) {
    const other = Math.floor(random() * (i + 1));
    const item = items[i] ?? '';
    items[i] = items[other] ?? '';
    items[other] = item;
  }
};

const observation = (at: Instant, random: () => number, shift: number): string => {
  const around = (mean: number): string => (mean + random() + shift).toFixed(2);
  return `{"time":"${formatInstant(at)}","values":{"pm2_5":${around(38)},"pm10":${around(61)},"temperature":${around(27)},"relative_humidity":${around(81)},"battery_voltage":${around(3)}}}`;
};

const observationsOf = (plan: BacklogPlan, random: () => number): string[] => {
  const { duplicates, revised } = countBacklog(plan);
  const sent: string[] = [];
  for (let minute = 0; minute < plan.minutes; minute += 1) {
    const at = plan.until - minute * MINUTE_MS;
    const first = observation(at, random, 0);
    sent.push(first);
    if (minute < duplicates) sent.push(first);
    else if (minute < duplicates + revised) sent.push(observation(at, random, CORRECTION));
  }
  shuffle(sent, random);
  return sent;
};

/** A backlog as packets: arrays of up to 1,000 readings in random order, encoded before the measurement. */
export class BacklogPublishes implements Publishes {
  readonly slots: number;
  readonly bytes: Buffer;
  readonly next: Instant;
  readonly #starts: readonly number[];

  constructor(device: string, seed: number, plan: BacklogPlan) {
    const sent = observationsOf(plan, randomFrom(seed));
    const packets: Buffer[] = [];
    for (let i = 0; i < sent.length; i += ARRAY) {
      const payload = Buffer.from(`[${sent.slice(i, i + ARRAY).join(',')}]`);
      packets.push(encodePublish(device, payload, packets.length + 1));
    }
    this.slots = packets.length;
    this.bytes = Buffer.concat(packets);
    let end = 0;
    this.#starts = [0, ...packets.map((packet) => (end += packet.length))];
    this.next = plan.until;
  }

  startOf(slot: number): number {
    return this.#starts[slot] ?? 0;
  }

  /** Each packet is sent once and unchanged. */
  prepare(): Instant {
    return this.next;
  }

  advance(): void {}
}
