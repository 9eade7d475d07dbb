import { useMemo } from 'preact/hooks';
import type { Device } from '#dashboards/console/api/types.ts';
import { linkTo } from '#dashboards/console/routes.ts';
import { formatAge, formatSpan, formatTime } from '#dashboards/console/text/format.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';
import { ageOf, useNow } from '#dashboards/console/time/age.ts';
import { parseSpan } from '#dashboards/console/time/clock.ts';
import { DataTable, type TableColumn } from '#dashboards/console/components/table/data-table.tsx';
import type { Catalogue } from '#dashboards/console/text/catalogue-id.ts';

const columnsOf = (texts: Catalogue): readonly TableColumn<Device>[] => {
  const { column, locale } = texts;
  return [
    { name: 'device', title: column.device, key: ({ id }) => id, cell: ({ id }) => <DeviceLink id={id} /> },
    {
      name: 'presence',
      title: column.presence,
      key: presenceText(texts),
      filter: presenceText(texts),
      cell: (device) => <PresenceCell device={device} />,
    },
    {
      name: 'silence',
      title: column.silence,
      key: (device) => device.silent_since ?? '~',
      cell: (device) => <SilenceCell device={device} />,
    },
    {
      name: 'last',
      title: column.age,
      key: (device) => device.last_seen ?? '',
      cell: (device) => <SeenCell device={device} />,
    },
    {
      name: 'every',
      title: column.every,
      key: ({ every }) => parseSpan(every),
      cell: ({ every }) => formatSpan(locale, every),
    },
  ];
};

export const presenceText =
  (texts: Catalogue) =>
  ({ revoked, presence }: Device): string =>
    revoked ? texts.revoked : texts.presence[presence];

/** Presence, silence and last sign of life of devices: three things that can disagree. */
export const DeviceTable = ({ devices }: { readonly devices: readonly Device[] }) => {
  const texts = useTexts();
  const columns = useMemo(() => columnsOf(texts), [texts]);
  return (
    <DataTable
      name="devices"
      label={texts.devices}
      rows={devices}
      columns={columns}
      idOf={({ id }) => id}
      textOf={({ id }) => id}
    />
  );
};

const SeenCell = ({ device }: { readonly device: Device }) => {
  const texts = useTexts();
  const now = useNow();
  return <>{device.last_seen === undefined ? texts.never : formatAge(texts.locale, ageOf(device.last_seen, now))}</>;
};

/** The name of a device, as a link to its page. */
export const DeviceLink = ({ id }: { readonly id: string }) => {
  const { deviceControl } = useTexts();
  return (
    <a href={linkTo({ page: 'device', device: id })} title={deviceControl.manage(id)}>
      {id}
    </a>
  );
};

export const PresenceCell = ({ device }: { readonly device: Device }) => {
  const texts = useTexts();
  return (
    <>
      <span class={`presence ${device.presence}`}>
        {device.revoked ? texts.revoked : texts.presence[device.presence]}
      </span>
      {device.mqtt_refused_level !== undefined && (
        <span class="badge silent"> {texts.mqttRefused(device.mqtt_refused_level)}</span>
      )}
    </>
  );
};

export const SilenceCell = ({ device }: { readonly device: Device }) => {
  const texts = useTexts();
  if (device.silent_since === undefined)
    return <span>{device.last_seen === undefined ? texts.none : texts.heard}</span>;
  return <span class="badge silent">{texts.silentSince(formatTime(texts.locale, device.silent_since))}</span>;
};
