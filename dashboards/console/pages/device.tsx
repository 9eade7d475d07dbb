import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { ChangeButton, RoleNote } from '#dashboards/console/components/forms/change-button.tsx';
import { RefusedRequest } from '#dashboards/console/api/client.ts';
import { pathOfDevice } from '#dashboards/console/api/device-control.ts';
import type { DeviceCommand, DeviceConfig, RegisteredDevice } from '#dashboards/console/api/types.ts';
import { CommandDialog } from '#dashboards/console/components/devices/command-dialog.tsx';
import { CommandTable } from '#dashboards/console/components/devices/command-table.tsx';
import { ConfigDialog } from '#dashboards/console/components/devices/config-dialog.tsx';
import { ConfigView } from '#dashboards/console/components/devices/config-view.tsx';
import { Refusals } from '#dashboards/console/components/devices/refusal-table.tsx';
import { PresenceCell, SilenceCell } from '#dashboards/console/components/devices/device-table.tsx';
import { LoadedList, RemoteStatus } from '#dashboards/console/components/common/loaded.tsx';
import { PageNote } from '#dashboards/console/components/common/page-note.tsx';
import { useDocument } from '#dashboards/console/components/common/use-document.ts';
import { linkTo } from '#dashboards/console/routes.ts';
import { stations as stationStore } from '#dashboards/console/state/live.ts';
import { changed, dataOf } from '#dashboards/console/state/remote.ts';
import { useStore } from '#dashboards/console/state/store.ts';
import { formatDate } from '#dashboards/console/text/format.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';
import { seconds } from '#dashboards/console/time/clock.ts';

const REFRESH = seconds(30);
/** Refresh interval of commands, while an answer is awaited. */
const ANSWERS = seconds(3);
const PAGE = 50;
const MOST = 500;

/** The page of a device: its configuration, its commands and their answers. */
export const DevicePage = ({ id }: { readonly id: string }) => {
  const { deviceControl } = useTexts();
  const { remote, data, error, again } = useDocument<DeviceConfig>(`${pathOfDevice(id)}/config`, REFRESH);
  if (error instanceof RefusedRequest && error.status === 404) {
    return (
      <>
        <PageNote title={id} text={deviceControl.unknownDevice} />
        <DeviceRefusals id={id} />
      </>
    );
  }
  return (
    <>
      <a class="back" href={linkTo({ page: 'fleet' })}>
        ← {deviceControl.allDevices}
      </a>
      <Title id={id} />
      <RoleNote operation="setConfig" />
      <RemoteStatus remote={remote} again={again} />
      {data !== undefined && <Config config={data} onDone={again} />}
      <Commands device={id} />
      <DeviceRefusals id={id} />
    </>
  );
};

const DeviceRefusals = ({ id }: { readonly id: string }) => {
  const { refusals, refusalsLead, noRefusals } = useTexts().deviceControl;
  return <Refusals name={id} title={refusals} lead={refusalsLead} none={noRefusals} />;
};

const Title = ({ id }: { readonly id: string }) => {
  const stations = dataOf(useStore(stationStore)) ?? [];
  const station = stations.find(({ devices }) => devices.some((device) => device.id === id));
  const device = station?.devices.find((each) => each.id === id);
  const { deviceControl, locale } = useTexts();
  const { data: registered } = useDocument<RegisteredDevice>(pathOfDevice(id), REFRESH);
  const installedAt = registered?.installed_at;
  return (
    <div class="title">
      <h1>{id}</h1>
      {station !== undefined && device !== undefined && (
        <p>
          <a href={linkTo({ page: 'station', station: station.id })}>{station.name}</a> ·{' '}
          <PresenceCell device={device} /> · <SilenceCell device={device} />
          {installedAt !== undefined && <> · {deviceControl.installedAt(formatDate(locale, installedAt))}</>}
        </p>
      )}
    </div>
  );
};

interface SectionProps {
  readonly id: string;
  readonly title: string;
  readonly lead: string;
  readonly action: string;
  /** Operation of the API that the action leads to. */
  readonly operation: string;
  readonly onAction: () => void;
  /** The last change, for screen readers. */
  readonly status: string | undefined;
  readonly children: ComponentChildren;
}

const Section = ({ id, title, lead, action, operation, onAction, status, children }: SectionProps) => (
  <section aria-labelledby={id}>
    <div class="section-head">
      <h2 id={id}>{title}</h2>
      <ChangeButton operation={operation} isPrimary onClick={onAction}>
        {action}
      </ChangeButton>
    </div>
    <p class="lead">{lead}</p>
    <p role="status" data-status={id}>
      {status}
    </p>
    {children}
  </section>
);

const Config = ({ config, onDone }: { readonly config: DeviceConfig; readonly onDone: () => void }) => {
  const { deviceControl } = useTexts();
  const [isOpen, setOpen] = useState(false);
  const [status, setStatus] = useState<string>();
  const done = (): void => {
    setStatus(deviceControl.wasSet);
    onDone();
  };
  const about = {
    id: 'config',
    title: deviceControl.config,
    lead: deviceControl.configLead,
    action: deviceControl.edit,
    operation: 'setConfig',
    status,
  };
  return (
    <Section {...about} onAction={() => setOpen(true)}>
      <ConfigView config={config} />
      {isOpen && <ConfigDialog known={config} onDone={done} onClose={() => setOpen(false)} />}
    </Section>
  );
};

const Commands = ({ device }: { readonly device: string }) => {
  const { deviceControl, quarantine } = useTexts();
  const [limit, setLimit] = useState(PAGE);
  const [isOpen, setOpen] = useState(false);
  const [status, setStatus] = useState<string>();
  const path = `${pathOfDevice(device)}/commands?limit=${limit}`;
  const { remote, data, again } = useDocument<{ commands: DeviceCommand[] }>(path, ANSWERS, device);
  const commands = changed(remote, (answer): readonly DeviceCommand[] => answer.commands);
  const done = (name: string): void => {
    setStatus(deviceControl.given(name));
    again();
  };
  const about = {
    id: 'commands',
    title: deviceControl.commands,
    lead: deviceControl.commandsLead,
    action: deviceControl.give,
    operation: 'sendCommand',
    status,
  };
  return (
    <Section {...about} onAction={() => setOpen(true)}>
      <LoadedList remote={commands} again={again} none={deviceControl.noCommands}>
        {(known) => <CommandTable commands={known} />}
      </LoadedList>
      {data?.commands.length === limit && limit < MOST && (
        <button type="button" onClick={() => setLimit(Math.min(MOST, limit * 2))}>
          {quarantine.older}
        </button>
      )}
      {isOpen && <CommandDialog device={device} onDone={done} onClose={() => setOpen(false)} />}
    </Section>
  );
};
