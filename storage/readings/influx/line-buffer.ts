const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
/** Numbers of more digits are written as the engine writes them: up to here one division tells that a decimal is exact. */
const MOST_DIGITS = 15;
/** Below 10^−6 the engine writes an exponent. */
const MOST_DECIMALS = 6;
const POWERS = Array.from({ length: MOST_DIGITS + 1 }, (_, exponent) => 10 ** exponent);
const BEYOND = 10 ** MOST_DIGITS;
/** Whole numbers below it are divided as integers. */
const HALF_DIGITS = 9;
const HALF = 10 ** HALF_DIGITS;
/** The longest text of a number. */
export const NUMBER_BYTES = 25;
const START_BYTES = 2 ** 16;

const digitsIn = (whole: number): number => {
  let digits = 1;
  while (whole >= (POWERS[digits] ?? Number.POSITIVE_INFINITY)) digits += 1;
  return digits;
};

/** Text in a buffer that is used again: numbers and parts are written byte by byte, without strings in between. */
export class LineBuffer {
  #bytes = Buffer.allocUnsafeSlow(START_BYTES);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Makes room for as many bytes. */
  reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const longer = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#bytes.length));
    this.#bytes.copy(longer, 0, 0, this.#length);
    this.#bytes = longer;
  }

  byte(byte: number): void {
    this.#bytes[this.#length++] = byte;
  }

  part(text: Uint8Array): void {
    const bytes = this.#bytes;
    let at = this.#length;
    for (let i = 0; i < text.length; i += 1) bytes[at++] = text[i] ?? 0;
    this.#length = at;
  }

  /** The number as `String` writes it, but with the sign of a zero. */
  number(value: number): void {
    const size = Math.abs(value);
    if (value < 0 || Object.is(value, -0)) this.byte(MINUS);
    for (let decimals = 0; decimals <= MOST_DECIMALS; decimals += 1) {
      const power = POWERS[decimals] ?? 1;
      const shifted = Math.round(size * power);
      if (!(shifted < BEYOND)) break;
      if (shifted / power !== size) continue;
      this.#decimal(shifted, decimals);
      return;
    }
    this.#length += this.#bytes.write(String(size), this.#length, 'latin1');
  }

  /** The text so far; the buffer is empty then. */
  take(): string {
    const text = this.#bytes.toString('utf8', 0, this.#length);
    this.#length = 0;
    return text;
  }

  #decimal(shifted: number, decimals: number): void {
    const power = POWERS[decimals] ?? 1;
    const whole = Math.floor(shifted / power);
    this.#digits(whole, digitsIn(whole));
    if (decimals === 0) return;
    this.byte(POINT);
    this.#digits(shifted - whole * power, decimals);
  }

  #digits(whole: number, count: number): void {
    if (count <= HALF_DIGITS) {
      this.#shortDigits(whole, count);
      return;
    }
    const high = Math.floor(whole / HALF);
    this.#shortDigits(high, count - HALF_DIGITS);
    this.#shortDigits(whole - high * HALF, HALF_DIGITS);
  }

  #shortDigits(whole: number, count: number): void {
    const bytes = this.#bytes;
    const from = this.#length;
    let left = whole | 0;
    for (let at = from + count - 1; at >= from; at -= 1) {
      const tens = (left / 10) | 0;
      bytes[at] = ZERO + left - tens * 10;
      left = tens;
    }
    this.#length = from + count;
  }
}
