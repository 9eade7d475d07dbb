import { Fault } from '#model/base/fault.ts';
import type { Rejection } from '#storage/readings/store.ts';
import type { InfluxPlace } from './place.ts';
import { outcomeOf, wordsOf } from './answer.ts';
import type { InfluxAnswer } from './http.ts';
import type { BatchLines, LineRun } from './point.ts';

/** InfluxDB 1.x refuses bodies over 25 MB, 3 over 10 MiB; smaller ones keep the event loop free. */
const BODY_BYTES = 4 * 2 ** 20;
/** Requests in flight at one time. */
const LANES = 2;

export interface Writer {
  readonly place: InfluxPlace;
  post(body: string, signal: AbortSignal): Promise<InfluxAnswer>;
}

/** Readings on their way to the store, and what it has rejected of them so far. */
interface Offer {
  readonly writer: Writer;
  readonly lines: BatchLines;
  readonly rejected: Rejection[];
  readonly signal: AbortSignal;
}

/** Cuts lines into bodies. */
const bodiesOf = (runs: readonly LineRun[], lines: BatchLines): readonly (readonly LineRun[])[] => {
  const bodies: LineRun[][] = [[]];
  let length = 0;
  for (const run of runs) {
    const bytes = lines.bytesOf(run);
    if (length + bytes > BODY_BYTES && length > 0) {
      bodies.push([]);
      length = 0;
    }
    bodies.at(-1)?.push(run);
    length += bytes;
  }
  return bodies;
};

/** Every line of a device goes to the same lane, in order, so that requests in flight share no device. */
const laneOf = ({ device }: LineRun): number => {
  let sum = 0;
  for (let i = 0; i < device.length; i += 1) sum += device.charCodeAt(i);
  return sum % LANES;
};

/** A line that is refused alone is taken apart, so that one bad field does not take its siblings along. */
const halvesOf = (runs: readonly LineRun[]): readonly (readonly LineRun[])[] => {
  const [only, second] = runs;
  if (only !== undefined && second === undefined) {
    const { device, from, to } = only;
    return Array.from({ length: to - from }, (_, index) => [{ device, from: from + index, to: from + index + 1 }]);
  }
  const middle = Math.ceil(runs.length / 2);
  return [runs.slice(0, middle), runs.slice(middle)];
};

const tooSmall = (url: string): Fault =>
  new Fault(
    'STORE_FAILED',
    `${url} refuses one reading as too large (413); raise the body limit of the store or proxy`,
    {
      retry: true,
    },
  );

/** Sends lines and, while they are refused, ever smaller parts of them, until those that offend are known. */
const sendLines = async (offer: Offer, runs: readonly LineRun[]): Promise<void> => {
  const { writer, lines, rejected, signal } = offer;
  const answer = await writer.post(lines.text(runs), signal);
  const outcome = outcomeOf(answer, writer.place);
  if (outcome === 'accepted') return;
  if (outcome instanceof Fault) throw outcome;
  const [only] = runs;
  if (only !== undefined && runs.length === 1 && only.to - only.from === 1) {
    if (outcome === 'too-large') throw tooSmall(writer.place.url);
    rejected.push({ index: only.from, reason: wordsOf(answer) });
    return;
  }
  for (const half of halvesOf(runs)) await sendLines(offer, half);
};

/** Writes lines over two lanes. Rejections come in the order of the readings. */
export const writeLines = async (
  writer: Writer,
  lines: BatchLines,
  signal: AbortSignal,
): Promise<readonly Rejection[]> => {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const errors: unknown[] = [];
  const rejected: Rejection[] = [];
  const offer: Offer = { writer, lines, rejected, signal: either };
  const runs = [...Map.groupBy(lines.runs(), laneOf).values()].map(async (lane) => {
    try {
      for (const body of bodiesOf(lane, lines)) await sendLines(offer, body);
    } catch (error) {
      errors.push(error);
      failed.abort();
    }
  });
  await Promise.all(runs);
  // the first to fail is the reason; the other lane was only cut off by it
  if (errors.length > 0) throw errors[0];
  return rejected.sort((a, b) => a.index - b.index);
};
