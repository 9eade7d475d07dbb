import { z } from 'zod';
import { Fault } from '#model/base/fault.ts';
import { formatInstant, type Instant } from '#model/base/instant.ts';
import { QualityVersion } from '#model/quality/quality-versions.ts';
import type { KeptVersion } from '#storage/operations/quality.ts';

const asKept = (version: QualityVersion): KeptVersion => ({
  version: version.version,
  from: version.from,
  parameters: JSON.stringify(z.encode(QualityVersion, { ...version })),
});

const refuse = ({ version, from }: Pick<KeptVersion, 'version' | 'from'>, why: string): Fault =>
  new Fault(
    'SETTING_INVALID',
    `quality.yaml: version ${version} from ${formatInstant(from)} ${why}; leave versions that are in force as they are, and add a version with a later date`,
  );

/**
 * The versions to keep, so that the parameters of a stored value are known for ever. A version that is in force stays as it
 * was, and a new one begins later than now. With the first readings any version may begin in the past.
 * @throws Fault `SETTING_INVALID`
 */
export const keepVersions = (
  given: readonly QualityVersion[],
  kept: readonly KeptVersion[],
  { now, isFirst }: { readonly now: Instant; readonly isFirst: boolean },
): readonly KeptVersion[] => {
  const all = given.map(asKept);
  const inForce = kept.filter(({ from }) => from <= now);
  for (const one of inForce) {
    const same = all.find(({ version }) => version === one.version);
    if (same?.parameters !== one.parameters) throw refuse(one, 'was changed or taken out, but values are judged by it');
  }
  const late = all.find(({ version, from }) => from <= now && !inForce.some((one) => one.version === version));
  if (late !== undefined && !isFirst) throw refuse(late, 'begins in the past, where values are judged already');
  return all;
};
