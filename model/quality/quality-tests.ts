import { FLAG, type Flag } from '#model/readings/flag.ts';

/**
 * The tests of quality control by the place of their flag in the packed number. Stored numbers depend on the order: a new
 * test is added at the end, and none is taken out. There is room for fifteen.
 */
export const QUALITY_TESTS = [
  'gross-range',
  'cross-check',
  'stage-distance',
  'location',
  'impossible-date',
  'climatology',
  'time-gap',
  'spike',
  'rate-of-change',
  'flat-line',
  'attenuated-signal',
  'neighbours',
] as const;
export type QualityTest = (typeof QUALITY_TESTS)[number];

/** Flags by their digit in a packed number, from the best to the worst: a stored value is there, so none is MISSING. */
const FLAG_OF = [FLAG.UNKNOWN, FLAG.GOOD, FLAG.SUSPECT, FLAG.FAIL] as const;
/** By flag. */
const DIGIT_OF = Uint8Array.of(0, 1, 0, 2, 3, 0, 0, 0, 0, 0);

/** Bits of one flag. */
const BITS = 2;
const DIGIT = 0b11;
/** The lower bit of each digit. */
const LOWER = 0x55_55_55_55;

/** A packed number where no test ran. A digit 0 is UNKNOWN, so a test that is added later is UNKNOWN in older rows. */
export const NO_TESTS = 0;

/** Bits that the flag of a test is moved by in a packed number. */
export const shiftOf = (test: QualityTest): number => BITS * QUALITY_TESTS.indexOf(test);

/** The packed number with a flag of one test, or with the one that it has where that is worse. */
export const packedWith = (packed: number, shift: number, flag: Flag): number => {
  const digit = DIGIT_OF[flag] ?? 0;
  return digit <= ((packed >>> shift) & DIGIT) ? packed : (packed & ~(DIGIT << shift)) | (digit << shift);
};

/** The packed number without the flags of some tests. */
export const packedWithout = (packed: number, shifts: readonly number[]): number =>
  shifts.reduce((left, shift) => left & ~(DIGIT << shift), packed);

/** The worst flag in a packed number. */
export const worstIn = (packed: number): Flag => {
  if ((packed & (packed >>> 1) & LOWER) !== 0) return FLAG.FAIL;
  if ((packed & (LOWER << 1)) !== 0) return FLAG.SUSPECT;
  return packed === 0 ? FLAG.UNKNOWN : FLAG.GOOD;
};

const flagAt = (packed: number, shift: number): Flag => FLAG_OF[(packed >>> shift) & DIGIT] ?? FLAG.UNKNOWN;

/** The flags of all tests by name; UNKNOWN of a test that did not run. */
export const testFlags = (packed: number): Readonly<Record<string, Flag>> =>
  Object.fromEntries(QUALITY_TESTS.map((test) => [test, flagAt(packed, shiftOf(test))]));
