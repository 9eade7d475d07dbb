import { useMemo } from 'preact/hooks';
import type { Device, Station, Value } from '#dashboards/console/api/types.ts';
import {
  DeviceLink,
  PresenceCell,
  presenceText,
  SilenceCell,
} from '#dashboards/console/components/devices/device-table.tsx';
import { Refusals } from '#dashboards/console/components/devices/refusal-table.tsx';
import { writeHealth } from '#dashboards/console/components/common/shown-value.tsx';
import { RemoteStatus } from '#dashboards/console/components/common/loaded.tsx';
import { DataTable, type TableColumn } from '#dashboards/console/components/table/data-table.tsx';
import { compareKeys } from '#dashboards/console/components/table/order.ts';
import { linkTo } from '#dashboards/console/routes.ts';
import { stations as stationStore } from '#dashboards/console/state/live.ts';
import { dataOf } from '#dashboards/console/state/remote.ts';
import { useQueryChoice } from '#dashboards/console/state/router.ts';
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

const MOST = Number.POSITIVE_INFINITY;
const PRESENCE = ['offline', 'unknown', 'online'];

/** Volts and per cent cannot be compared: devices that report a level come first. */
const BEHIND_LEVELS = 1_000;
const batteryKey = (battery: Value | undefined): number =>
  battery === undefined ? MOST : battery.value + (battery.property === 'battery_level' ? 0 : BEHIND_LEVELS);

/** Columns of the table, by which devices with problems come first. */
// oxlint-disable-next-line max-lines-per-function -- a table of columns
const columnsOf = (texts: Catalogue): readonly TableColumn<FleetRow>[] => {
  const { column, none, causes } = texts;
  return [
    {
      name: 'device',
      title: column.device,
      key: ({ device }) => device.id,
      cell: ({ device }) => <DeviceLink id={device.id} />,
    },
    {
      name: 'station',
      title: column.station,
      key: ({ station }) => station.name,
      cell: ({ station }) => <a href={linkTo({ page: 'station', station: station.id })}>{station.name}</a>,
    },
    {
      name: 'presence',
      title: column.presence,
      key: ({ device }) => PRESENCE.indexOf(device.presence),
      filter: ({ device }) => presenceText(texts)(device),
      cell: ({ device }) => <PresenceCell device={device} />,
    },
    {
      name: 'silence',
      title: column.silence,
      key: ({ device }) => device.silent_since ?? '~',
      cell: ({ device }) => <SilenceCell device={device} />,
    },
    {
      name: 'cause',
      title: column.cause,
      key: ({ device }) => device.silent_cause ?? '~',
      filter: ({ device }) => (device.silent_cause === undefined ? none : causes[device.silent_cause]),
      cell: ({ device }) => (device.silent_cause === undefined ? none : causes[device.silent_cause]),
    },
    {
      name: 'last',
      title: column.lastValue,
      key: ({ last }) => last?.observed_at ?? '',
      cell: (row) => <LastCell row={row} />,
    },
    {
      name: 'battery',
      title: column.battery,
      isNumber: true,
      key: ({ battery }) => batteryKey(battery),
      cell: ({ battery }) => writeHealth(battery, texts),
    },
    {
      name: 'signal',
      title: column.signal,
      isNumber: true,
      key: ({ signal }) => signal?.value ?? MOST,
      cell: ({ signal }) => writeHealth(signal, texts),
    },
    {
      name: 'clock',
      title: column.clock,
      key: ({ device }) => (device.clock_wrong ? -MOST : -Math.abs(device.clock_skew_seconds ?? 0)),
      cell: ({ device }) => <ClockCell device={device} />,
    },
  ];
};

const textOf = ({ device, station }: FleetRow): string => `${device.id} ${station.id} ${station.name}`;

const FILTERS = ['all', 'silent'] as const;

/** The page of devices: presence, silence and health. */
export const Fleet = () => {
  const texts = useTexts();
  const { unregistered, unregisteredLead, noUnregistered } = texts.deviceControl;
  const known = useStore(stationStore);
  const [filter, setFilter] = useQueryChoice('show', FILTERS);
  const isSilentOnly = filter === 'silent';
  const stations = dataOf(known);
  const rows = useMemo(
    () => (stations ?? []).flatMap(rowsOf).filter(({ device }) => device.silent || !isSilentOnly),
    [stations, isSilentOnly],
  );
  const columns = useMemo(() => columnsOf(texts), [texts]);
  return (
    <>
      <h1>{texts.pages.fleet}</h1>
      <RemoteStatus remote={known} />
      {stations !== undefined && (
        <DataTable
          label={texts.pages.fleet}
          {...{ rows, columns, textOf }}
          idOf={({ device }) => device.id}
          filters={
            <label class="choice">
              <input
                type="checkbox"
                checked={isSilentOnly}
                onChange={() => setFilter(isSilentOnly ? 'all' : 'silent')}
              />{' '}
              {texts.silentOnly}
            </label>
          }
        >
          {isSilentOnly && rows.length === 0 && known.kind === 'fresh' && <p class="note">{texts.nobodySilent}</p>}
        </DataTable>
      )}
      <Refusals name={undefined} title={unregistered} lead={unregisteredLead} none={noUnregistered} />
    </>
  );
};

const rowsOf = (station: Station): readonly FleetRow[] =>
  station.devices.map((device) => {
    const own = station.last.filter((value) => value.device === device.id);
    const valueOf = (name: string): Value | undefined => device.health?.find(({ property }) => property === name);
    return {
      device,
      station,
      last: own.toSorted((a, b) => compareKeys(b.observed_at, a.observed_at))[0],
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

const LastCell = ({ row: { device, last } }: { readonly row: FleetRow }) => {
  const texts = useTexts();
  const now = useNow();
  const seen = last?.observed_at ?? device.last_seen;
  return <>{seen === undefined ? texts.never : texts.ago(formatAge(texts.locale, ageOf(seen, now)))}</>;
};

const ClockCell = ({ device }: { readonly device: Device }) => {
  const texts = useTexts();
  const text = clockText(device, texts);
  return device.clock_wrong ? <span class="badge silent">{text}</span> : <>{text}</>;
};
