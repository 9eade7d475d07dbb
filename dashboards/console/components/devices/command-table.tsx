import { useMemo } from 'preact/hooks';
import type { DeviceCommand } from '#dashboards/console/api/types.ts';
import { formatTime } from '#dashboards/console/text/format.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';
import { DataTable, type TableColumn } from '#dashboards/console/components/table/data-table.tsx';
import type { Catalogue } from '#dashboards/console/text/catalogue-id.ts';

const TONES: Readonly<Record<DeviceCommand['state'], string>> = {
  waiting: 'unknown',
  sent: 'unknown',
  delivered: 'unknown',
  answered: 'good',
  failed: 'fail',
  expired: 'silent',
};

const argumentsText = (command: DeviceCommand): string =>
  Object.keys(command.arguments).length === 0 ? '' : JSON.stringify(command.arguments);

const replyText = ({ reply }: DeviceCommand): string => (reply === null ? '' : JSON.stringify(reply));

// oxlint-disable-next-line max-lines-per-function -- a table of columns
const columnsOf = ({
  deviceControl,
  column,
  alert,
  locale,
  none,
}: Catalogue): readonly TableColumn<DeviceCommand>[] => {
  const { givenBy, sent, delivered, closed, reply } = deviceControl.column;
  const at = (time: string | null): string => (time === null ? none : formatTime(locale, time));
  return [
    {
      name: 'command',
      title: deviceControl.command,
      key: ({ name }) => name,
      filter: ({ name }) => name,
      cell: (command) => (
        <>
          {command.name} {argumentsText(command) !== '' && <code>{argumentsText(command)}</code>}
        </>
      ),
    },
    {
      name: 'state',
      title: column.state,
      key: ({ state }) => deviceControl.states[state],
      filter: ({ state }) => deviceControl.states[state],
      cell: ({ state }) => <span class={`badge ${TONES[state]}`}>{deviceControl.states[state]}</span>,
    },
    {
      name: 'given',
      title: givenBy,
      key: (command) => command.created_at,
      cell: (command) => (
        <>
          {command.by ?? alert.someone}, {at(command.created_at)}
          {command.closed_at === null && <p class="about">{deviceControl.untilTime(at(command.expires_at))}</p>}
        </>
      ),
    },
    { name: 'sent', title: sent, key: (command) => command.sent_at ?? '', cell: (command) => at(command.sent_at) },
    {
      name: 'delivered',
      title: delivered,
      key: (command) => command.delivered_at ?? '',
      cell: (command) => at(command.delivered_at),
    },
    {
      name: 'closed',
      title: closed,
      key: (command) => command.closed_at ?? '',
      cell: (command) => at(command.closed_at),
    },
    {
      name: 'reply',
      title: reply,
      key: replyText,
      cell: (command) => (command.reply === null ? none : <code class="reply">{replyText(command)}</code>),
    },
  ];
};

/** Commands of a device, newest first, with their senders, states and answers. */
export const CommandTable = ({ commands }: { readonly commands: readonly DeviceCommand[] }) => {
  const texts = useTexts();
  const columns = useMemo(() => columnsOf(texts), [texts]);
  return (
    <DataTable
      name="commands"
      label={texts.deviceControl.commands}
      rows={commands}
      columns={columns}
      order="-given"
      idOf={({ id }) => String(id)}
      textOf={(command) => `${command.name} ${command.by ?? ''} ${argumentsText(command)} ${replyText(command)}`}
      marksOf={({ id, state }) => ({ 'data-command': id, 'data-state': state })}
    />
  );
};
