import { familyNamed } from '#model/families/index.ts';
import { json } from '#model/codecs/json.ts';
import { Fault } from '#model/base/fault.ts';
import { FLAG, type Flag, worst } from '#model/readings/flag.ts';
import { grossRangeAt, isOutside } from '#model/readings/gross-range.ts';
import type { Observation } from '#model/readings/message.ts';
import type { Entry } from '#model/readings/packet.ts';
import { AHEAD, type Qualified, type Reading } from '#model/readings/reading.ts';
import type { Station } from '#model/registry/station.ts';

const EARLIEST = Date.UTC(2020, 0, 1);

const observationsOf = (entry: Entry): readonly Observation[] => {
  try {
    return json.decode(entry.payload).observations;
  } catch (error) {
    if (error instanceof Fault) return [];
    throw error;
  }
};

const readingsOf = (entry: Entry, { time, place, values }: Observation, station: Station): readonly Reading[] => {
  const family = familyNamed(station.family);
  const { sender: device, receivedAt, sequence } = entry;
  if (time !== undefined && (time < EARLIEST || time > receivedAt + AHEAD.ms)) return [];
  return [...values].flatMap(([property, value]): readonly Reading[] => {
    if (value === null || family === undefined || !Object.hasOwn(family.properties, property)) return [];
    const observedAt = time ?? receivedAt;
    const timedBy = time === undefined ? 'arrival' : 'device';
    return [
      {
        device,
        station: station.id,
        family: family.name,
        property,
        value,
        observedAt,
        receivedAt,
        timedBy,
        sequence,
        place: `${place}/${property}`,
      },
    ];
  });
};

interface Judged {
  readonly flag: Flag;
  /** Two bits for each test: gross range in the lowest, then cross-check, stage and distance, location, date. */
  readonly tests: number;
}

const DIGITS: Readonly<Record<Flag, number>> = { 2: 0, 1: 1, 3: 2, 4: 3, 9: 0 };

// oxlint-disable-next-line complexity -- the checks written out once more, as an oracle
const judge = (reading: Reading, siblings: readonly Reading[], station: Station): Judged => {
  const family = familyNamed(reading.family);
  const property = family?.properties[reading.property];
  if (family === undefined || property === undefined) return { flag: FLAG.UNKNOWN, tests: 0 };
  const { value } = reading;
  let range: Flag = property.usual !== undefined && isOutside(value, property.usual) ? FLAG.SUSPECT : FLAG.GOOD;
  if (isOutside(value, grossRangeAt(station, property))) range = FLAG.FAIL;
  let cross: Flag = FLAG.UNKNOWN;
  const valueOf = (name: string): number | undefined => siblings.find((each) => each.property === name)?.value;
  for (const { property: part, atMost, of } of family.crossChecks) {
    const [small, large] = [valueOf(part), valueOf(of)];
    if (small === undefined || large === undefined || (reading.property !== part && reading.property !== of)) continue;
    cross = worst(cross, small <= atMost * large ? FLAG.GOOD : FLAG.SUSPECT);
  }
  return {
    flag: worst(range, cross),
    tests: 4 ** 4 * (reading.timedBy === 'arrival' ? 0 : 1) + 4 ** 3 + 4 * DIGITS[cross] + DIGITS[range],
  };
};

/** Decode, validate and qualify of packets of one station's devices, reading by reading: the simple form of what ingest does by columns. */
export const plainReadings = (entries: readonly Entry[], station: Station): readonly Qualified[] =>
  entries.flatMap((entry) =>
    observationsOf(entry).flatMap((observation) => {
      const readings = readingsOf(entry, observation, station);
      return readings.map((reading) => ({ ...reading, ...judge(reading, readings, station) }));
    }),
  );
