import type { DeviceCommand } from '#dashboards/console/api/types.ts';
import { formatTime } from '#dashboards/console/text/format.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';
import { TableFrame } from '#dashboards/console/components/common/table-frame.tsx';
import { HeadRow } from '#dashboards/console/components/table/head-row.tsx';

const TONES: Readonly<Record<DeviceCommand['state'], string>> = {
  waiting: 'unknown',
  sent: 'unknown',
  delivered: 'unknown',
  answered: 'good',
  failed: 'fail',
  expired: 'silent',
};

/** Commands of a device, newest first, with their senders, states and answers. */
export const CommandTable = ({ commands }: { readonly commands: readonly DeviceCommand[] }) => {
  const { deviceControl, column } = useTexts();
  const { givenBy, sent, delivered, closed, reply } = deviceControl.column;
  return (
    <TableFrame label={deviceControl.commands}>
      <table class="commands">
        <thead>
          <HeadRow names={[deviceControl.command, column.state, givenBy, sent, delivered, closed, reply]} />
        </thead>
        <tbody>
          {commands.map((command) => (
            <CommandRow key={command.id} command={command} />
          ))}
        </tbody>
      </table>
    </TableFrame>
  );
};

const CommandRow = ({ command }: { readonly command: DeviceCommand }) => {
  const { deviceControl, alert, locale, none } = useTexts();
  const at = (time: string | null): string => (time === null ? none : formatTime(locale, time));
  const { name, state, by } = command;
  return (
    <tr data-command={command.id} data-state={state}>
      <th scope="row">
        {name} {Object.keys(command.arguments).length > 0 && <code>{JSON.stringify(command.arguments)}</code>}
      </th>
      <td>
        <span class={`badge ${TONES[state]}`}>{deviceControl.states[state]}</span>
      </td>
      <td>
        {by ?? alert.someone}, {at(command.created_at)}
        {command.closed_at === null && <p class="about">{deviceControl.untilTime(at(command.expires_at))}</p>}
      </td>
      <td>{at(command.sent_at)}</td>
      <td>{at(command.delivered_at)}</td>
      <td>{at(command.closed_at)}</td>
      <td class="reply">{command.reply === null ? none : <code>{JSON.stringify(command.reply)}</code>}</td>
    </tr>
  );
};
