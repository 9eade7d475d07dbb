import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** Fields that a vector of any kind may have beside its own. */
const common = {
  id: z.string(),
  source: z.string().optional(),
  note: z.string().optional(),
  tolerance: z.number().positive().optional(),
};

/** One kind of vector: the fields that it must have and no others, so that a vector of an unknown kind is refused. */
export const vectorKind = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.strictObject({ ...common, ...shape });

/**
 * Reads a file of reference vectors: `test/vectors/<name>.json`, or the file that the environment variable
 * `<NAME>_VECTORS` names (upper case, `-` becomes `_`), so that other vectors of the same form can be run.
 * Throws when the file has no vector, or one that is not of the given kinds.
 */
export const readVectors = <Kind extends z.ZodType>(name: string, kind: Kind) => {
  const variable = `${name.toUpperCase().replaceAll('-', '_')}_VECTORS`;
  const path = process.env[variable] ?? `test/vectors/${name}.json`;
  const file = z.object({
    tolerance: z.number().positive().optional(),
    tolerance_relative: z.number().positive().optional(),
    vectors: z.array(kind).min(1),
  });
  return file.parse(JSON.parse(readFileSync(path, 'utf8')));
};
