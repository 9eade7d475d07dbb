import type { Device } from '#dashboards/console/api/types.ts';
import { linkTo } from '#dashboards/console/routes.ts';
import { formatAge, formatSpan, formatTime } from '#dashboards/console/text/format.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';
import { ageOf, useNow } from '#dashboards/console/time/age.ts';
import { TableFrame } from '#dashboards/console/components/common/table-frame.tsx';

/** Presence, silence and last sign of life of devices: three things that can disagree. */
export const DeviceTable = ({ devices }: { readonly devices: readonly Device[] }) => {
  const texts = useTexts();
  const now = useNow();
  return (
    <TableFrame label={texts.devices}>
      <table>
        <thead>
          <tr>
            <th scope="col">{texts.column.device}</th>
            <th scope="col">{texts.column.presence}</th>
            <th scope="col">{texts.column.silence}</th>
            <th scope="col">{texts.column.age}</th>
            <th scope="col">{texts.column.every}</th>
          </tr>
        </thead>
        <tbody>
          {devices.map((device) => (
            <tr key={device.id}>
              <th scope="row">
                <DeviceLink id={device.id} />
              </th>
              <td>
                <PresenceCell device={device} />
              </td>
              <td>
                <SilenceCell device={device} />
              </td>
              <td>
                {device.last_seen === undefined ? texts.never : formatAge(texts.locale, ageOf(device.last_seen, now))}
              </td>
              <td>{formatSpan(texts.locale, device.every)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableFrame>
  );
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
