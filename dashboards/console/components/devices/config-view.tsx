import type { DeviceConfig } from '#dashboards/console/api/types.ts';
import { formatTime } from '#dashboards/console/text/format.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';
import { contentText } from './config-dialog.tsx';
import { TableFrame } from '#dashboards/console/components/common/table-frame.tsx';

/** The config in force, and those before it with who set them. */
export const ConfigView = ({ config: { changes } }: { readonly config: DeviceConfig }) => {
  const { deviceControl, alert, locale } = useTexts();
  const [now, ...before] = changes;
  if (now === undefined) return <p class="note">{deviceControl.noConfig}</p>;
  return (
    <>
      <div class="card" data-revision={now.revision}>
        <pre tabIndex={0} aria-label={deviceControl.config}>
          {contentText(now.config) ?? deviceControl.empty}
        </pre>
        <p class="about">
          {deviceControl.column.revision} {now.revision} · {now.by ?? alert.someone}, {formatTime(locale, now.at)}
        </p>
      </div>
      {before.length > 0 && (
        <details>
          <summary>{deviceControl.changes}</summary>
          <Changes changes={before} />
        </details>
      )}
    </>
  );
};

const Changes = ({ changes }: { readonly changes: DeviceConfig['changes'] }) => {
  const { deviceControl, alert, locale } = useTexts();
  return (
    <TableFrame label={deviceControl.changes}>
      <table>
        <thead>
          <tr>
            <th scope="col">{deviceControl.column.revision}</th>
            <th scope="col">{deviceControl.column.givenBy}</th>
            <th scope="col">{deviceControl.column.content}</th>
          </tr>
        </thead>
        <tbody>
          {changes.map(({ revision, at, by, config }) => (
            <tr key={revision}>
              <th scope="row">{revision}</th>
              <td>
                {by ?? alert.someone}, {formatTime(locale, at)}
              </td>
              <td>
                <code>{JSON.stringify(config)}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableFrame>
  );
};
