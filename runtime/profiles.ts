import type { Resources } from './resources.ts';
import type { IngestDeps } from './options.ts';
import { Fault } from '#model/base/fault.ts';
import type { Profile } from '#model/registry/profile.ts';
import { describeChanges } from '#registry/audit.ts';
import { profileChanges } from '#registry/profiles.ts';

/**
 * Brings new versions of profiles into the registry, where they stay. They are in force for messages that arrive from now on.
 * @throws Fault `SETTING_INVALID` for a recipe that differs from the one of the same date
 */
export const takeProfiles = async (
  profiles: readonly Profile[],
  { operations, broker }: Pick<Resources, 'operations' | 'broker'>,
  { clock, log }: Pick<IngestDeps, 'clock' | 'log'>,
): Promise<void> => {
  const registry = operations.registry();
  const changes = profileChanges(profiles, registry, clock.now());
  if (changes.length === 0) return;
  const detail = describeChanges(changes, registry);
  const entry = { at: clock.now(), actor: 'service', action: 'takeProfiles', subject: 'profiles', detail };
  await operations.audited(entry, () => operations.changeRegistry(changes));
  log.info('profiles taken', { count: changes.length });
  try {
    await broker.registryChanged();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    log.debug('broker not notified of profiles; it reads them at its start', { code: error.code });
  }
};
