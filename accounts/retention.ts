import type { Operations } from '#storage/operations/operations.ts';
import type { Clock } from '#model/base/clock.ts';
import { hours, minutes } from '#model/base/duration.ts';
import { isOutage } from '#model/base/fault.ts';
import type { Log } from '#model/base/log.ts';
import { type Periodic, startPeriodic } from '#model/base/periodic.ts';
import { actorOf } from './deps.ts';
import type { People } from './people.ts';
import type { AccountSettings } from './settings.ts';

const EVERY = hours(1);
/** While the database cannot be written. */
const LATER = minutes(1);

interface AccountRetentionDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly operations: Pick<Operations, 'people' | 'purgeAccess' | 'audited'>;
  readonly people: Pick<People, 'erase'>;
}

/** Removes ended sessions, links and tokens, and erases people who were disabled long ago; now and once an hour. */
export const startAccountRetention = (
  { keepDisabled }: Pick<AccountSettings, 'keepDisabled'>,
  { clock, log, operations, people }: AccountRetentionDeps,
): Periodic => {
  const eraseOld = async (): Promise<void> => {
    const before = clock.now() - keepDisabled.ms;
    for (const { id, disabledAt, erasedAt } of operations.people()) {
      if (erasedAt !== undefined || disabledAt === undefined || disabledAt > before) continue;
      const entry = { at: clock.now(), actor: 'service', action: 'erasePerson', subject: actorOf(id), detail: {} };
      await operations.audited(entry, () => people.erase(id));
      log.info('person erased', { person: id, by: 'retention', keptMs: keepDisabled.ms });
    }
  };
  return startPeriodic(clock, async () => {
    try {
      await operations.purgeAccess(clock.now());
      await eraseOld();
      return EVERY;
    } catch (error) {
      if (!isOutage(error)) throw error;
      log.warn('ended sessions are kept for now', { code: error.code, detail: error.detail });
      return LATER;
    }
  });
};
