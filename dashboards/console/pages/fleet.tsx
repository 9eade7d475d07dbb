import { useState } from 'preact/hooks';
import type { Device, Station, Value } from '#dashboards/console/api/types.ts';
import { DeviceLink, PresenceCell, SilenceCell } from '#dashboards/console/components/devices/device-table.tsx';
import { writeHealth } from '#dashboards/console/components/common/shown-value.tsx';
import { RemoteStatus } from '#dashboards/console/components/common/loaded.tsx';
import { TableFrame } from '#dashboards/console/components/common/table-frame.tsx';
import { linkTo } from '#dashboards/console/routes.ts';
import { stations as stationStore } from '#dashboards/console/state/live.ts';
import { useStore } from '#dashboards/console/state/store.ts';
import type { Catalogue } from '#dashboards/console/text/catalogue-id.ts';
import { formatAge } from '#dashboards/console/text/format.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';
import { ageOf, useNow } from '#dashboards/console/time/age.ts';

interface FleetRow {
  readonly device: Device;
  readonly station: Station;
  readonly last: Value | undefined;
  readonly battery: Value | undefined;
  readonly signal: Value | undefined;
}

const COLUMNS = [
  'device',
  'station',
  'presence',
  'silence',
  'cause',
  'lastValue',
  'battery',
  'signal',
  'clock',
] as const;
type Column = (typeof COLUMNS)[number];

const MOST = Number.POSITIVE_INFINITY;
const PRESENCE = ['offline', 'unknown', 'online'];

/** Volts and per cent cannot be compared: devices that report a level come first. */
const BEHIND_LEVELS = 1_000;
const batteryKey = (battery: Value | undefined): number =>
  battery === undefined ? MOST : battery.value + (battery.property === 'battery_level' ? 0 : BEHIND_LEVELS);

/** The sort key of a column: devices with problems first. */
const KEYS: Readonly<Record<Column, (row: FleetRow) => string | number>> = {
  device: ({ device }) => device.id,
  station: ({ station }) => station.name,
  presence: ({ device }) => PRESENCE.indexOf(device.presence),
  silence: ({ device }) => device.silent_since ?? '~',
  cause: ({ device }) => device.silent_cause ?? '~',
  lastValue: ({ last }) => last?.observed_at ?? '',
  battery: ({ battery }) => batteryKey(battery),
  signal: ({ signal }) => signal?.value ?? MOST,
  clock: ({ device }) => (device.clock_wrong ? -MOST : -Math.abs(device.clock_skew_seconds ?? 0)),
};

/** The page of devices: presence, silence and health. */
export const Fleet = () => {
  const texts = useTexts();
  const known = useStore(stationStore);
  const [sorted, setSorted] = useState<{ readonly by: Column; readonly isDown: boolean }>({
    by: 'device',
    isDown: false,
  });
  const [isSilentOnly, setSilentOnly] = useState(false);
  if (!('data' in known)) return <RemoteStatus remote={known} />;
  const key = KEYS[sorted.by];
  const rows = known.data
    .flatMap(rowsOf)
    .filter(({ device }) => device.silent || !isSilentOnly)
    .toSorted((a, b) => compare(key(a), key(b)) * (sorted.isDown ? -1 : 1));
  const sort = (by: Column): void => setSorted({ by, isDown: sorted.by === by && !sorted.isDown });
  return (
    <>
      <h1>{texts.pages.fleet}</h1>
      <RemoteStatus remote={known} />
      <label>
        <input type="checkbox" checked={isSilentOnly} onChange={() => setSilentOnly(!isSilentOnly)} />{' '}
        {texts.silentOnly}
      </label>
      <TableFrame label={texts.pages.fleet}>
        <table class="fleet">
          <thead>
            <tr>
              {COLUMNS.map((column) => (
                <th key={column} scope="col" aria-sort={ariaSort(sorted.by === column, sorted.isDown)}>
                  <button
                    type="button"
                    class="sort"
                    onClick={() => sort(column)}
                    title={texts.sortBy(texts.column[column])}
                  >
                    {texts.column[column]}
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <FleetRow key={row.device.id} row={row} texts={texts} />
            ))}
          </tbody>
        </table>
      </TableFrame>
      {isSilentOnly && rows.length === 0 && known.kind === 'fresh' && <p class="note">{texts.nobodySilent}</p>}
    </>
  );
};

const ariaSort = (isSorted: boolean, isDown: boolean): 'ascending' | 'descending' | 'none' => {
  if (!isSorted) return 'none';
  return isDown ? 'descending' : 'ascending';
};

const compare = (a: string | number, b: string | number): number => {
  if (a === b) return 0;
  return a < b ? -1 : 1;
};

const rowsOf = (station: Station): readonly FleetRow[] =>
  station.devices.map((device) => {
    const own = station.last.filter((value) => value.device === device.id);
    const valueOf = (name: string): Value | undefined => device.health?.find(({ property }) => property === name);
    return {
      device,
      station,
      last: own.toSorted((a, b) => compare(b.observed_at, a.observed_at))[0],
      battery: valueOf('battery_level') ?? valueOf('battery_voltage'),
      signal: valueOf('rssi'),
    };
  });

const clockText = ({ clock_wrong, clock_skew_seconds: ahead }: Device, texts: Catalogue): string => {
  if (ahead === undefined) return clock_wrong ? texts.clockRefused : texts.none;
  if (!clock_wrong) return texts.clockRight;
  const span = formatAge(texts.locale, Math.abs(ahead));
  return ahead > 0 ? texts.clockAhead(span) : texts.clockBehind(span);
};

const FleetRow = ({
  row: { device, station, last, battery, signal },
  texts,
}: {
  readonly row: FleetRow;
  readonly texts: Catalogue;
}) => {
  const now = useNow();
  const seen = last?.observed_at ?? device.last_seen;
  return (
    <tr data-device={device.id}>
      <th scope="row">
        <DeviceLink id={device.id} />
      </th>
      <td>
        <a href={linkTo({ page: 'station', station: station.id })}>{station.name}</a>
      </td>
      <td>
        <PresenceCell device={device} />
      </td>
      <td>
        <SilenceCell device={device} />
      </td>
      <td>{device.silent_cause === undefined ? texts.none : texts.causes[device.silent_cause]}</td>
      <td>{seen === undefined ? texts.never : texts.ago(formatAge(texts.locale, ageOf(seen, now)))}</td>
      <td class="number">{writeHealth(battery, texts)}</td>
      <td class="number">{writeHealth(signal, texts)}</td>
      <td>
        {device.clock_wrong ? <span class="badge silent">{clockText(device, texts)}</span> : clockText(device, texts)}
      </td>
    </tr>
  );
};
