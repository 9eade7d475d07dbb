import type { ProbeFindings } from './problems.ts';
import type { Ledger } from '#ingest/ledger/ledger.ts';
import type { Verification } from '#ingest/ledger/verify.ts';
import type { LedgerFigures } from '#ingest/metrics/ledger.ts';
import type { Clock } from '#model/base/clock.ts';
import { type Duration, hours, minutes } from '#model/base/duration.ts';
import { isOutage } from '#model/base/fault.ts';
import { formatInstant, hourOf, startOfHour } from '#model/base/instant.ts';
import type { Log } from '#model/base/log.ts';

/** Hours of arrival whose balance is checked each time. */
const BALANCED: Duration = hours(24);
/** Observed hours whose rows are counted each time. */
const COUNTED: Duration = hours(48);
/** Pause after a check that failed because broker or store is away. */
const RETRY_AFTER: Duration = minutes(1);

export interface LedgerCheckSettings {
  /** Interval at which the identities of the ledger are checked. */
  readonly balanceEvery: Duration;
  /** Interval at which the rows of the last days are counted in the store. */
  readonly verifyEvery: Duration;
}

/** Checks the ledger regularly. */
export interface LedgerCheck {
  /** Undefined where nothing is wrong; `isKnown` says whether it was checked yet. */
  imbalance(): ProbeFindings['imbalance'];
  unverified(): ProbeFindings['unverified'];
  isKnown(rule: 'ledger-imbalance' | 'ledger-unverified'): boolean;
  /** Takes the result of a verification, also of one that a person asked for. */
  verified(verification: Verification, fromHour: number | undefined): void;
  /** Does the checks that are due. */
  run(ledger: Ledger, signal: AbortSignal): Promise<void>;
}

const describe = ({ mismatches: [first], mismatched, store }: Verification): string =>
  first === undefined
    ? `${store} differs in ${mismatched} places`
    : `${store} holds ${first.found} rows of ${first.device} ${first.property} in the hour from ` +
      `${formatInstant(startOfHour(first.hour))}, the ledger expects ${first.expected}; ${mismatched} places differ`;

export interface LedgerCheckDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly figures: LedgerFigures;
  /** True when an alert about the rows stands from before: the first count is of all rows. */
  readonly isWholeFirst: boolean;
}

export const makeLedgerCheck = (
  { balanceEvery, verifyEvery }: LedgerCheckSettings,
  { clock, log, figures, isWholeFirst }: LedgerCheckDeps,
): LedgerCheck => {
  let imbalance: ProbeFindings['imbalance'];
  let unverified: (NonNullable<ProbeFindings['unverified']> & { readonly fromHour: number }) | undefined;
  let balancedAt: number | undefined;
  let verifiedAt = clock.monotonic();
  let isVerifiedOnce = false;
  let isWhole = isWholeFirst;
  let notBefore = 0;

  const balance = async (ledger: Ledger): Promise<void> => {
    const toHour = hourOf(clock.now());
    const answer = await ledger.lines({ device: undefined, fromHour: toHour - BALANCED.ms / 3.6e6, toHour });
    const off = answer.lines.filter(({ balanced }) => !balanced).length;
    imbalance = off === 0 ? undefined : { lines: off, explanation: answer.explanation };
    figures.balanced(answer, clock.now());
    balancedAt = clock.monotonic();
  };

  const verified: LedgerCheck['verified'] = (verification, fromHour = Number.NEGATIVE_INFINITY) => {
    const { mismatched, mismatches } = verification;
    verifiedAt = clock.monotonic();
    isVerifiedOnce = true;
    figures.verified(verification, clock.now());
    if (mismatched > 0) {
      const first = Math.min(...mismatches.map(({ hour }) => hour));
      unverified = { places: mismatched, first: describe(verification), fromHour: first };
      // a count of fewer hours does not clear a mismatch of earlier ones
    } else if (unverified === undefined || fromHour <= unverified.fromHour) unverified = undefined;
  };

  /** The first hour of the next count: that of the last days, or an earlier one with a mismatch, which is counted until it is right again. */
  const firstHour = (): number | undefined => {
    if (isWhole) return undefined;
    const usual = hourOf(clock.now() - COUNTED.ms);
    return unverified === undefined ? usual : Math.min(usual, unverified.fromHour);
  };

  const isDue = (at: number | undefined, every: Duration): boolean =>
    at === undefined || clock.monotonic() - at >= every.ms;

  return {
    imbalance: () => imbalance,
    unverified: () => unverified,
    isKnown: (rule) => (rule === 'ledger-imbalance' ? balancedAt !== undefined : isVerifiedOnce),
    verified,
    run: async (ledger, signal) => {
      if (clock.monotonic() < notBefore) return;
      try {
        if (isDue(balancedAt, balanceEvery)) await balance(ledger);
        if (!isDue(verifiedAt, verifyEvery)) return;
        await ledger.verify(() => undefined, signal, firstHour());
        isWhole = false;
      } catch (error) {
        if (!isOutage(error)) throw error;
        notBefore = clock.monotonic() + Math.min(RETRY_AFTER.ms, balanceEvery.ms);
        log.info('ledger check failed', { code: error.code, detail: error.detail });
      }
    },
  };
};
