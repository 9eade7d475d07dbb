import { z } from 'zod';
import { createRandom, keyOf } from '#firmware-sim/random.ts';
import { systemClock } from '#model/base/clock.ts';
import { type Duration, milliseconds } from '#model/base/duration.ts';
import {
  compare,
  compareQuarantine,
  type Difference,
  type LedgerAnswer,
  rowsOfApi,
  untilProcessed,
} from '#test/support/oracles/oracle.ts';
import { type Sender, startSender } from '#test/support/clients/sender.ts';
import { type Service, testService } from '#test/support/servers/service.ts';
import type { Losses, SoakFault } from './fault.ts';
import { type StoreUnderTest, startStoreUnderTest, type StoreName } from './store-under-test.ts';
import { watchPeak } from './memory-peak.ts';

export interface SoakOptions {
  readonly fault: SoakFault;
  readonly store: StoreName;
  readonly seed: number;
  /** Ends after so many rounds, or after so long, whichever comes first. */
  readonly rounds: number;
  readonly span?: Duration | undefined;
  /** Messages that are sent in a second; as many as are acknowledged where there is none. */
  readonly rate?: number | undefined;
  readonly say: (text: string) => void;
}

export interface SoakResult {
  readonly rounds: number;
  readonly acknowledged: number;
  /** Rows that were found in the store and compared. */
  readonly rows: number;
  readonly difference: Record<keyof Difference, number>;
  /** Readings that the ledger counts as sent twice, and as corrected: the load was no easy one. */
  readonly duplicates: number;
  readonly revised: number;
  /** Refused parts that are not in quarantine, or there without having been sent. */
  readonly quarantine: number;
  /** Messages that were destroyed, each of them named. */
  readonly lost: number;
  /** The ledger is out of balance by what was destroyed, and by nothing else. */
  readonly balanced: boolean;
  readonly verified: boolean;
  /** RssAnon of broker and ingest together, in megabytes. */
  readonly peakMegabytes: number;
  readonly seconds: number;
  /** The first few of what is wrong, in words. */
  readonly findings: readonly string[];
}

/** Rounds after which everything is compared: devices and station are new then, and what is right can be forgotten. */
const EPOCH = 25;
const DEVICES = 3;
const EVERY = milliseconds(20);
/** Messages that one device may send in a second: its readings are half a second apart, and a day is full at last. */
const MOST_OF_ONE = 500;
const FINDINGS = 20;

const Verified = z.object({
  balanced: z.boolean(),
  explanation: z.string(),
  verification: z.object({ verified: z.boolean(), found: z.number() }),
});

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

class Tally {
  readonly #began = systemClock.monotonic();
  readonly result: Mutable<Omit<SoakResult, 'findings' | 'seconds'>> & { readonly findings: string[] } = {
    rounds: 0,
    acknowledged: 0,
    rows: 0,
    difference: { missing: 0, twice: 0, wrong: 0, neverSent: 0 },
    duplicates: 0,
    revised: 0,
    quarantine: 0,
    lost: 0,
    balanced: true,
    verified: true,
    peakMegabytes: 0,
    findings: [],
  };

  add(difference: Difference): void {
    for (const kind of ['missing', 'twice', 'wrong', 'neverSent'] as const) {
      this.result.difference[kind] += difference[kind].length;
      this.find(difference[kind].map((what) => `${kind}: ${what}`));
    }
  }

  find(what: readonly string[]): void {
    this.result.findings.push(...what.slice(0, FINDINGS - this.result.findings.length));
  }

  elapsed(): number {
    return (systemClock.monotonic() - this.#began) / 1_000;
  }
}

/** Anything missing, twice or wrong, or a ledger that says so. */
export const isSound = ({ difference, quarantine, balanced, verified }: SoakResult): boolean =>
  balanced && verified && quarantine === 0 && Object.values(difference).every((count) => count === 0);

interface Epoch {
  readonly station: string;
  readonly sender: Sender;
}

/** Number of devices, and packets that each may have under way: a tenth of a second of its rate. */
const loadOf = (rate: number | undefined) => {
  if (rate === undefined) return { count: DEVICES };
  const count = Math.max(DEVICES, Math.ceil(rate / MOST_OF_ONE));
  return { count, window: Math.max(8, Math.ceil(rate / count / 10)), rate };
};

const startEpoch = async (
  service: Service,
  number: number,
  { seed, rate }: Pick<SoakOptions, 'seed' | 'rate'>,
): Promise<Epoch> => {
  const { count, ...load } = loadOf(rate);
  await service.ready();
  const station = `SOAK-${number}`;
  await service.addStation(station, 'air');
  const devices = new Map<string, string>();
  for (let i = 1; i <= count; i += 1) {
    const device = `load-${number}-${i}`;
    devices.set(device, await service.addDevice(device, station));
  }
  const { mqtt: port } = service.ports;
  return { station, sender: startSender({ port, devices, seed: seed + number, every: EVERY, ...load }) };
};

/** Number of messages that the ledger cannot account for. */
const shortOf = ({ received, processed, quarantined, waiting }: z.infer<typeof LedgerAnswer>['totals']): number =>
  received - processed - quarantined - waiting;

/**
 * Everything that an epoch's devices saw acknowledged is in the API, in quarantine, and in the ledger, but for what was
 * destroyed and named.
 */
const compareEpoch = async (
  service: Service,
  { station, sender }: Epoch,
  tally: Tally,
  losses: Losses | undefined,
): Promise<void> => {
  await service.ready();
  await sender.drain();
  const { balanced, explanation, totals } = await untilProcessed(service);
  const rows = await rowsOfApi(service, station);
  const gone = new Set(await losses?.among(service, sender.sent));
  const kept = sender.sent.filter((sent) => !gone.has(sent));
  const lost = losses?.messages() ?? 0;
  tally.add(compare(kept, rows));
  const strays = await compareQuarantine(service, kept, station.replace('SOAK-', 'load-'));
  const { out } = await service.cli('ledger', '--verify', '--json');
  const verified = Verified.parse(JSON.parse(out));
  const { result } = tally;
  result.acknowledged += sender.acknowledged();
  result.rows += rows.length;
  result.duplicates = totals.duplicates;
  result.revised = totals.revised;
  result.quarantine += strays.length;
  tally.find(strays);
  const short = shortOf(totals);
  const isAsTold = short === lost && balanced === (lost === 0) && verified.balanced === balanced;
  if (!isAsTold) tally.find([`short by ${short} messages, destroyed were ${lost}`, explanation, verified.explanation]);
  result.lost = lost;
  result.balanced &&= isAsTold;
  result.verified &&= verified.verification.verified;
  if (sender.unanswered() > 0) tally.find([`${sender.unanswered()} times a connection stayed open without an answer`]);
  sender.stop();
};

/** Nothing of the whole run is in the store twice, asked of the store itself once Klawing has ended. */
const compareStore = async (service: Service, ground: StoreUnderTest, tally: Tally): Promise<void> => {
  await service.stop();
  const seen = new Set<string>();
  for (const { device, property, time } of await ground.rows(service)) {
    const key = `${device} ${property} ${time}`;
    if (seen.has(key)) tally.add({ missing: [], twice: [key], wrong: [], neverSent: [] });
    seen.add(key);
  }
};

/**
 * Plays a fault over real processes while devices send, and holds what is found against what their senders saw
 * acknowledged, every so many rounds.
 */
export const soak = async ({ fault, store, seed, rounds, span, rate, say }: SoakOptions): Promise<SoakResult> => {
  const ground = await startStoreUnderTest(store);
  const { options, round, losses } = await fault.begin(ground);
  const env = { ...ground.env, ...options?.env };
  const service = await testService({ parts: ['broker', 'ingest'], ...options, env });
  await service.ready();
  const peak = watchPeak(service);
  const random = createRandom(keyOf(seed, fault.name));
  const tally = new Tally();
  const isOver = (): boolean =>
    tally.result.rounds >= rounds || (span !== undefined && tally.elapsed() * 1_000 >= span.ms);
  try {
    for (let number = 1; !isOver() && tally.result.findings.length === 0; number += 1) {
      const epoch = await startEpoch(service, number, { seed, rate });
      for (let i = 0; i < EPOCH && !isOver(); i += 1) {
        tally.result.rounds += 1;
        await round({ service, ground, sender: epoch.sender, random }, tally.result.rounds);
      }
      await compareEpoch(service, epoch, tally, losses);
      const { rounds: done, acknowledged, difference } = tally.result;
      say(
        `${done} rounds, ${Math.round(tally.elapsed())} s: ${acknowledged} messages acknowledged, ` +
          `${difference.missing} readings missing, ${difference.twice} twice, peak ${Math.round(peak.peak())} MB`,
      );
    }
    await compareStore(service, ground, tally);
  } finally {
    peak.stop();
  }
  return { ...tally.result, peakMegabytes: peak.peak(), seconds: tally.elapsed() };
};
