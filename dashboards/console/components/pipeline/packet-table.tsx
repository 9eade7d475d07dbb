import { useMemo } from 'preact/hooks';
import type { QuarantinedPacket } from '#dashboards/console/api/types.ts';
import { DataTable, type TableColumn } from '#dashboards/console/components/table/data-table.tsx';
import type { Catalogue } from '#dashboards/console/text/catalogue-id.ts';
import { formatNumber, formatTime } from '#dashboards/console/text/format.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';
import { PacketParts } from './packet.tsx';

interface PacketTableProps {
  readonly packets: readonly QuarantinedPacket[];
  readonly selected: ReadonlySet<number>;
  readonly onSelect: (id: number) => void;
}

// oxlint-disable-next-line max-lines-per-function -- a table of columns
const columnsOf = (texts: Catalogue, { selected, onSelect }: Omit<PacketTableProps, 'packets'>) => {
  const { pipeline, quarantine, column, locale } = texts;
  return [
    {
      name: 'number',
      title: texts.people.number,
      key: ({ id }) => id,
      cell: ({ id, state }) => (
        <label class="choice">
          {state === 'open' && (
            <input
              type="checkbox"
              checked={selected.has(id)}
              onChange={() => onSelect(id)}
              aria-label={quarantine.select(id)}
            />
          )}{' '}
          {id}
        </label>
      ),
    },
    {
      name: 'sender',
      title: column.device,
      key: ({ device }) => device,
      filter: ({ device }) => device,
      cell: ({ device }) => <strong>{device}</strong>,
    },
    {
      name: 'fault',
      title: column.fault,
      key: faultOf,
      filter: faultOf,
      cell: (packet) => <PacketParts packet={packet} />,
    },
    {
      name: 'stage',
      title: column.state,
      key: ({ state }) => pipeline.states[state],
      cell: ({ state, last }) => (
        <>
          <span class="badge unknown">{pipeline.states[state]}</span>
          {typeof last?.by === 'string' && <p class="about">{quarantine.by(last.by)}</p>}
        </>
      ),
    },
    {
      name: 'received',
      title: column.received,
      key: (packet) => packet.received_at,
      cell: (packet) => formatTime(locale, packet.received_at),
    },
    {
      name: 'bytes',
      title: quarantine.size,
      isNumber: true,
      key: ({ bytes }) => bytes,
      cell: ({ bytes }) => pipeline.bytes(formatNumber(locale, bytes)),
    },
  ] satisfies readonly TableColumn<QuarantinedPacket>[];
};

const faultOf = ({ parts }: QuarantinedPacket): string => parts[0]?.code ?? '';

/** Refused packets, the newest first: device, reasons, and the payload on request. */
export const PacketTable = ({ packets, selected, onSelect }: PacketTableProps) => {
  const texts = useTexts();
  const columns = useMemo(() => columnsOf(texts, { selected, onSelect }), [texts, selected]);
  return (
    <DataTable
      label={texts.pages.quarantine}
      rows={packets}
      columns={columns}
      heading="sender"
      order="-number"
      idOf={({ id }) => String(id)}
      textOf={({ id, device, parts }) =>
        `${id} ${device} ${parts.map(({ code, place, detail }) => `${code} ${place} ${detail}`).join(' ')}`
      }
      marksOf={({ id, state }) => ({ 'data-packet': id, 'data-state': state })}
    />
  );
};
