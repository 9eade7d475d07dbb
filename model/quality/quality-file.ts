import { z } from 'zod';
import { Fault } from '#model/base/fault.ts';
import { FAMILIES, familyNamed } from '#model/families/index.ts';
import { QualityVersion } from './quality-versions.ts';

const QualityFile = z.strictObject({ versions: z.array(QualityVersion).prefault([]) });

const EXAMPLE =
  'versions: [{ version: 1, from: 2026-12-01T00:00:00+07:00, families: { river: { stage: { spike: { suspect: 0.5 } } } } }]';

const mistake = (where: string, why: string): Fault =>
  new Fault('SETTING_INVALID', `quality.yaml: "${where}": ${why}; for example ${EXAMPLE}`);

/** Names of families and properties that do not exist. */
const unknownIn = ({ families = {}, stations = {} }: QualityVersion): string | undefined => {
  for (const [name, properties] of Object.entries(families)) {
    const family = familyNamed(name);
    if (family === undefined) return `families.${name}`;
    const property = Object.keys(properties).find((one) => !Object.hasOwn(family.properties, one));
    if (property !== undefined) return `families.${name}.${property}`;
  }
  const all = new Set(FAMILIES.flatMap(({ properties }) => Object.keys(properties)));
  for (const [station, properties] of Object.entries(stations)) {
    const property = Object.keys(properties).find((one) => !all.has(one));
    if (property !== undefined) return `stations.${station}.${property}`;
  }
  return undefined;
};

/**
 * Reads what `quality.yaml` holds, as YAML gave it; nothing at all is no mistake.
 * @throws Fault `SETTING_INVALID` with the place, the reason and an example
 */
export const readQualityVersions = (document: unknown): readonly QualityVersion[] => {
  const read = QualityFile.safeParse(document ?? {});
  if (!read.success) {
    const [issue] = read.error.issues;
    throw mistake(issue?.path.map(String).join('.') ?? '', issue?.message ?? 'it cannot be read');
  }
  const { versions } = read.data;
  for (const [i, version] of versions.entries()) {
    const before = versions[i - 1];
    const where = `versions.${i}`;
    if (before !== undefined && (version.version <= before.version || version.from <= before.from)) {
      throw mistake(where, 'its number and its date have to be higher than those of the version before');
    }
    const unknown = unknownIn(version);
    if (unknown !== undefined) throw mistake(`${where}.${unknown}`, 'there is no such family or property');
  }
  return versions;
};
