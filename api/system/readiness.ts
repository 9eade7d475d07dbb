import { seconds } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import type { Instant } from '#model/base/instant.ts';
import type { BrokerHealth } from '#model/base/broker-api.ts';
import type { ApiDeps } from '#api/deps.ts';

/** One dependency of accepting and storing. */
export interface Dependency {
  readonly name: 'broker' | 'journal' | 'store' | 'operations';
  readonly fault: Fault | undefined;
  /** Start of its failure. */
  readonly since: Instant | undefined;
}

/** Time for one part to answer. */
const TIMEOUT = seconds(3);

/** Checks every part. */
export const makeReadiness = (deps: ApiDeps): (() => Promise<readonly Dependency[]>) => {
  const failingSince = new Map<string, Instant>();

  const note = (name: Dependency['name'], fault: Fault | undefined, since?: Instant): Dependency => {
    if (fault === undefined) failingSince.delete(name);
    else if (!failingSince.has(name)) failingSince.set(name, since ?? deps.clock.now());
    return { name, fault, since: fault === undefined ? undefined : (since ?? failingSince.get(name)) };
  };

  return async () => {
    const outage = deps.pipeline.state().storeOutage;
    const [broker, store] = await Promise.all([
      inTime(deps, (signal) => deps.broker.health(signal)),
      inTime(deps, (signal) => deps.store.check(signal)),
    ]);
    const operations = await inTime(deps, async () => deps.operations.cursor('storing'));
    const storeFault = outage?.fault ?? store.fault;
    return [
      note('broker', broker.fault),
      note('journal', broker.fault ?? journalFault(broker.value)),
      note('store', storeFault, outage?.since),
      note('operations', operations.fault),
    ];
  };
};

const STALLS = {
  bound: ['JOURNAL_FULL', 'it has reached its bound; give the readers time or raise journal.maxBytes'],
  reserve: ['JOURNAL_FULL', 'the disk is down to its reserve; free some of it'],
  error: ['JOURNAL_WRITE_FAILED', "the broker's log has the error of the disk"],
} as const;

const journalFault = (health: BrokerHealth | undefined): Fault | undefined => {
  const stalled = health?.journal.stalled;
  return stalled === undefined ? undefined : new Fault(STALLS[stalled][0], STALLS[stalled][1], { retry: true });
};

interface FoundState<T> {
  readonly value?: T;
  readonly fault?: Fault;
}

const inTime = async <T>(deps: ApiDeps, ask: (signal: AbortSignal) => Promise<T>): Promise<FoundState<T>> => {
  const ended = new AbortController();
  const timer = deps.clock.after(TIMEOUT, () => ended.abort());
  try {
    return { value: await ask(ended.signal) };
  } catch (error) {
    if (error instanceof Fault) return { fault: error };
    if (ended.signal.aborted)
      return { fault: new Fault('STORE_UNREACHABLE', `no answer within ${TIMEOUT.ms / 1_000} s`) };
    deps.log.error('readiness check failed', { error });
    return { fault: new Fault('STORE_FAILED', 'it cannot be used; the log has the details') };
  } finally {
    timer.stop();
  }
};
