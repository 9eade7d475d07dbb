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

// oxlint-disable-next-line complexity -- the checks written out once more, as an oracle
const flagOf = (reading: Reading, siblings: readonly Reading[], station: Station): Flag => {
  const family = familyNamed(reading.family);
  const property = family?.properties[reading.property];
  if (family === undefined || property === undefined) return FLAG.UNKNOWN;
  const { value } = reading;
  if (isOutside(value, grossRangeAt(station, property))) return FLAG.FAIL;
  let flag: Flag = property.usual !== undefined && isOutside(value, property.usual) ? FLAG.SUSPECT : FLAG.GOOD;
  const valueOf = (name: string): number | undefined => siblings.find((each) => each.property === name)?.value;
  for (const { property: part, atMost, of } of family.crossChecks) {
    const [small, large] = [valueOf(part), valueOf(of)];
    if (small === undefined || large === undefined || small <= atMost * large) continue;
    if (reading.property === part || reading.property === of) flag = worst(flag, FLAG.SUSPECT);
  }
  return flag;
};

/** Decode, validate and qualify of packets of one station's devices, reading by reading: the simple form of what ingest does by columns. */
export const plainReadings = (entries: readonly Entry[], station: Station): readonly Qualified[] =>
  entries.flatMap((entry) =>
    observationsOf(entry).flatMap((observation) => {
      const readings = readingsOf(entry, observation, station);
      return readings.map((reading) => ({ ...reading, flag: flagOf(reading, readings, station) }));
    }),
  );
