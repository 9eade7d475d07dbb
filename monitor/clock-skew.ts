import type { Batch } from '#ingest/batch.ts';
import { DEVICE } from '#model/readings/columns.ts';
import type { ClockNote, MonitorRows } from '#storage/operations/monitor.ts';
import type { FaultCode } from '#model/base/fault.ts';
import { type Duration, seconds } from '#model/base/duration.ts';
import type { Instant } from '#model/base/instant.ts';

/** Number of newest packets of a device from which the skew of its clock is estimated; the one with the shortest delay counts. */
const WINDOW = 20;
/** Fewer packets give no estimate, and do not clear a clock whose times were refused. */
const LEAST = 5;

const OF_CLOCKS: ReadonlySet<FaultCode> = new Set([
  'TIME_AHEAD',
  'TIME_BEFORE_2020',
  'TIME_NOT_SET',
  'TIME_GPS_ROLLOVER',
  'TIME_LOCAL_AS_UTC',
]);

export interface SkewLimits {
  readonly ahead: Duration;
  /** Beyond one reporting interval, because devices average, buffer and retry; a clock is late in each packet. */
  readonly behind: Duration;
}

/** The estimated state of a device's clock. */
export interface ClockSkew {
  /** Skew against our clock, negative when it is behind. Undefined for a clock whose times are refused. */
  readonly ahead: Duration | undefined;
  readonly isWrong: boolean;
  /** Time of the last refusal; undefined where its times are accepted. */
  readonly refusedAt: Instant | undefined;
}

interface ClockSamples {
  /** Arrival minus newest observation, in ms, of the last packets. */
  readonly delays: number[];
  refusedAt: Instant | undefined;
}

/** Skew of a clock in whole seconds; undefined while there are too few samples. */
const aheadOf = ({ delays }: ClockSamples): Duration | undefined =>
  delays.length < LEAST ? undefined : seconds(Math.round(-Math.min(...delays) / 1_000));

/** By packet, the newest time that its device gave; −∞ where it gave none. */
const newestTimes = ({ packets, observations, readings }: NotedBatch): Float64Array => {
  const newest = new Float64Array(packets.length).fill(Number.NEGATIVE_INFINITY);
  for (let observation = 0; observation < observations.length; observation += 1) {
    const first = observations.start[observation] ?? -1;
    if (readings.timedBy[first] !== DEVICE) continue;
    const packet = observations.packet[observation] ?? -1;
    newest[packet] = Math.max(newest[packet] ?? 0, readings.observedAt[first] ?? 0);
  }
  return newest;
};

/** The part of a batch that the estimates of clocks use. */
type NotedBatch = Pick<Batch, 'packets' | 'observations' | 'readings'>;

/**
 * Estimates how far the clocks of devices are off, from the time of the device and the time of arrival. A transport only
 * delays, so the smallest delay of many packets is the best estimate; a backlog ends with short delays and changes nothing.
 * The estimates continue after a restart.
 */
export class ClockSkews {
  readonly #samples = new Map<string, ClockSamples>();
  readonly #written = new Map<string, string>();
  readonly #limits: SkewLimits;

  constructor(limits: SkewLimits, before: readonly ClockNote[] = []) {
    this.#limits = limits;
    for (const note of before) {
      const delays = note.ahead === undefined ? [] : Array.from({ length: LEAST }, () => -(note.ahead?.ms ?? 0));
      this.#samples.set(note.device, { delays, refusedAt: note.refusedAt });
      this.#written.set(note.device, keyOf(note));
    }
  }

  /** Adds the packets of a batch. All are of registered devices, which bounds the memory. */
  note(batch: NotedBatch): void {
    const newestOf = newestTimes(batch);
    let packet = 0;
    for (const { entry, refused } of batch.packets) {
      const isRefused = refused.some(({ fault }) => OF_CLOCKS.has(fault.code));
      const newest = newestOf[packet++] ?? Number.NEGATIVE_INFINITY;
      if (isRefused) {
        const samples = this.#of(entry.sender);
        samples.refusedAt = entry.receivedAt;
        samples.delays.length = 0;
      } else if (newest > Number.NEGATIVE_INFINITY) {
        const samples = this.#of(entry.sender);
        samples.delays.push(entry.receivedAt - newest);
        if (samples.delays.length > WINDOW) samples.delays.shift();
        if (samples.delays.length >= LEAST) samples.refusedAt = undefined;
      }
    }
  }

  /** Drops all samples, because the clock of this machine was set. */
  forget(): void {
    this.#samples.clear();
  }

  /** Undefined while too little is known. */
  of(device: string, every: Duration): ClockSkew | undefined {
    const samples = this.#samples.get(device);
    if (samples === undefined) return undefined;
    const { refusedAt } = samples;
    if (refusedAt !== undefined) return { ahead: undefined, isWrong: true, refusedAt };
    const ahead = aheadOf(samples);
    if (ahead === undefined) return undefined;
    const { ahead: most, behind } = this.#limits;
    return { ahead, isWrong: ahead.ms > most.ms || -ahead.ms > behind.ms + every.ms, refusedAt };
  }

  /** Returns the estimates for these devices that have changed since the last call. */
  takeChanged(devices: Iterable<string>): readonly ClockNote[] {
    const changed: ClockNote[] = [];
    for (const device of devices) {
      const samples = this.#samples.get(device);
      if (samples === undefined) continue;
      const { refusedAt } = samples;
      const note = { device, ahead: refusedAt === undefined ? aheadOf(samples) : undefined, refusedAt };
      if (note.ahead === undefined && refusedAt === undefined) continue;
      if (this.#written.get(device) === keyOf(note)) continue;
      this.#written.set(device, keyOf(note));
      changed.push(note);
    }
    return changed;
  }

  #of(device: string): ClockSamples {
    let samples = this.#samples.get(device);
    if (samples === undefined) this.#samples.set(device, (samples = { delays: [], refusedAt: undefined }));
    return samples;
  }
}

/** A further refusal of a refused clock is not a change. */
const keyOf = ({ ahead, refusedAt }: Omit<ClockNote, 'device'>): string =>
  refusedAt === undefined ? `${ahead?.ms}` : 'refused';

/** Continues with the estimates of the database. */
export const loadClockSkews = (
  settings: { readonly clockAheadAllowed: Duration; readonly clockBehindAllowed: Duration },
  rows: Pick<MonitorRows, 'clockNotes'>,
): ClockSkews =>
  new ClockSkews({ ahead: settings.clockAheadAllowed, behind: settings.clockBehindAllowed }, rows.clockNotes());
