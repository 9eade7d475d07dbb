import type { PreparedPacket } from '#ingest/batch.ts';
import type { ClockNote, MonitorRows } from '#storage/operations/monitor.ts';
import type { FaultCode } from '#model/base/fault.ts';
import { type Duration, seconds } from '#model/base/duration.ts';
import type { Instant } from '#model/base/instant.ts';

/** Packets of a device from which its clock is judged: the one that came quickest tells most. */
const WINDOW = 20;
/** Fewer say nothing, also of a clock whose times were refused. */
const LEAST = 5;

const OF_CLOCKS: ReadonlySet<FaultCode> = new Set(['TIME_AHEAD', 'TIME_BEFORE_2020']);

export interface SkewLimits {
  readonly ahead: Duration;
  /** Beyond a reporting interval: devices average, buffer and retry, and only what is always late is a clock. */
  readonly behind: Duration;
}

/** What is thought of a device's clock. */
export interface ClockSkew {
  /** How far it is ahead of ours; negative when it is behind. Of a clock whose times are refused, unknown. */
  readonly ahead: Duration | undefined;
  readonly isWrong: boolean;
  /** When its times were refused last, where they were. */
  readonly refusedAt: Instant | undefined;
}

interface Watched {
  /** Arrival minus newest observation, in ms, of the last packets. */
  readonly delays: number[];
  refusedAt: Instant | undefined;
}

/** How far a clock is ahead, in whole seconds; undefined while too little is known. */
const aheadOf = ({ delays }: Watched): Duration | undefined =>
  delays.length < LEAST ? undefined : seconds(Math.round(-Math.min(...delays) / 1_000));

const newestTimeIn = (observations: PreparedPacket['observations']): Instant | undefined => {
  const times = observations.flatMap(({ readings: [first] }) =>
    first?.timedBy === 'device' ? [first.observedAt] : [],
  );
  return times.length === 0 ? undefined : times.reduce((a, b) => Math.max(a, b));
};

/**
 * Estimates how far the clocks of devices are off, from device time against arrival. A transport only delays, so the
 * smallest delay of many packets is the nearest to the truth; a backlog ends with quick ones and moves nothing. What was
 * thought before a restart is gone on from.
 */
export class ClockSkews {
  readonly #watched = new Map<string, Watched>();
  readonly #written = new Map<string, string>();
  readonly #limits: SkewLimits;

  constructor(limits: SkewLimits, before: readonly ClockNote[] = []) {
    this.#limits = limits;
    for (const note of before) {
      const delays = note.ahead === undefined ? [] : Array.from({ length: LEAST }, () => -(note.ahead?.ms ?? 0));
      this.#watched.set(note.device, { delays, refusedAt: note.refusedAt });
      this.#written.set(note.device, keyOf(note));
    }
  }

  /** Takes the packets of a batch into account. Only registered devices get this far, so there are not more than those. */
  note(batch: readonly PreparedPacket[]): void {
    for (const { entry, observations, refused } of batch) {
      const isRefused = refused.some(({ fault }) => OF_CLOCKS.has(fault.code));
      const newest = newestTimeIn(observations);
      if (isRefused) {
        const watched = this.#of(entry.sender);
        watched.refusedAt = entry.receivedAt;
        watched.delays.length = 0;
      } else if (newest !== undefined) {
        const watched = this.#of(entry.sender);
        watched.delays.push(entry.receivedAt - newest);
        if (watched.delays.length > WINDOW) watched.delays.shift();
        if (watched.delays.length >= LEAST) watched.refusedAt = undefined;
      }
    }
  }

  /** Everything begins anew: our own clock was set. */
  forget(): void {
    this.#watched.clear();
  }

  /** Undefined while too little is known. */
  of(device: string, every: Duration): ClockSkew | undefined {
    const watched = this.#watched.get(device);
    if (watched === undefined) return undefined;
    const { refusedAt } = watched;
    if (refusedAt !== undefined) return { ahead: undefined, isWrong: true, refusedAt };
    const ahead = aheadOf(watched);
    if (ahead === undefined) return undefined;
    const { ahead: most, behind } = this.#limits;
    return { ahead, isWrong: ahead.ms > most.ms || -ahead.ms > behind.ms + every.ms, refusedAt };
  }

  /** What is thought otherwise of the clocks of these devices than was taken last; taken with this call. */
  takeChanged(devices: Iterable<string>): readonly ClockNote[] {
    const changed: ClockNote[] = [];
    for (const device of devices) {
      const watched = this.#watched.get(device);
      if (watched === undefined) continue;
      const { refusedAt } = watched;
      const note = { device, ahead: refusedAt === undefined ? aheadOf(watched) : undefined, refusedAt };
      if (note.ahead === undefined && refusedAt === undefined) continue;
      if (this.#written.get(device) === keyOf(note)) continue;
      this.#written.set(device, keyOf(note));
      changed.push(note);
    }
    return changed;
  }

  #of(device: string): Watched {
    let watched = this.#watched.get(device);
    if (watched === undefined) this.#watched.set(device, (watched = { delays: [], refusedAt: undefined }));
    return watched;
  }
}

/** A later refusal of a clock that is refused changes nothing that is thought of it. */
const keyOf = ({ ahead, refusedAt }: Omit<ClockNote, 'device'>): string =>
  refusedAt === undefined ? `${ahead?.ms}` : 'refused';

/** Goes on from what was thought of clocks before. */
export const loadClockSkews = (
  settings: { readonly clockAheadAllowed: Duration; readonly clockBehindAllowed: Duration },
  rows: Pick<MonitorRows, 'clockNotes'>,
): ClockSkews =>
  new ClockSkews({ ahead: settings.clockAheadAllowed, behind: settings.clockBehindAllowed }, rows.clockNotes());
