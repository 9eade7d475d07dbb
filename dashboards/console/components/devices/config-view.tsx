import { useMemo } from 'preact/hooks';
import type { DeviceConfig } from '#dashboards/console/api/types.ts';
import { formatTime } from '#dashboards/console/text/format.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';
import { contentText } from './config-dialog.tsx';
import { DataTable, type TableColumn } from '#dashboards/console/components/table/data-table.tsx';
import type { Catalogue } from '#dashboards/console/text/catalogue-id.ts';

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

type ConfigChange = DeviceConfig['changes'][number];

const columnsOf = ({ deviceControl, alert, locale }: Catalogue): readonly TableColumn<ConfigChange>[] => {
  const nameOf = ({ by }: ConfigChange): string => by ?? alert.someone;
  return [
    {
      name: 'revision',
      title: deviceControl.column.revision,
      key: ({ revision }) => revision,
      cell: ({ revision }) => revision,
    },
    {
      name: 'by',
      title: deviceControl.column.givenBy,
      key: nameOf,
      filter: nameOf,
      cell: (change) => `${nameOf(change)}, ${formatTime(locale, change.at)}`,
    },
    {
      name: 'content',
      title: deviceControl.column.content,
      cell: ({ config }) => <code>{JSON.stringify(config)}</code>,
    },
  ];
};

const Changes = ({ changes }: { readonly changes: readonly ConfigChange[] }) => {
  const texts = useTexts();
  const columns = useMemo(() => columnsOf(texts), [texts]);
  return (
    <DataTable
      name="changes"
      label={texts.deviceControl.changes}
      rows={changes}
      columns={columns}
      order="-revision"
      idOf={({ revision }) => String(revision)}
      textOf={({ revision, by, config }) => `${revision} ${by ?? ''} ${JSON.stringify(config)}`}
    />
  );
};
