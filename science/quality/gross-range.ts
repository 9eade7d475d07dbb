import { FLAG } from '#model/readings/flag.ts';
import { isOutside, type Span, sorted } from './span.ts';

export interface GrossRange {
  /** Values outside are FAIL. */
  readonly fail: Span;
  /** Values outside are SUSPECT; inside `fail`. */
  readonly suspect?: Span;
}

/**
 * QARTOD gross range test (ioos_qc `gross_range_test`): a value strictly outside the fail span is FAIL, outside the suspect
 * span SUSPECT. Both spans are inclusive and in the unit of the values.
 * @param values of any series; NaN is missing, an infinite value is a number
 * @throws RangeError when the suspect span is not inside the fail span
 */
export const grossRange = (values: Float64Array, limits: GrossRange): Uint8Array => {
  const fail = sorted(limits.fail);
  const suspect = limits.suspect === undefined ? fail : sorted(limits.suspect);
  if (suspect[0] < fail[0] || suspect[1] > fail[1])
    throw new RangeError('the suspect span is not inside the fail span');
  return Uint8Array.from(values, (value) => {
    if (Number.isNaN(value)) return FLAG.MISSING;
    if (isOutside(value, fail)) return FLAG.FAIL;
    return isOutside(value, suspect) ? FLAG.SUSPECT : FLAG.GOOD;
  });
};
