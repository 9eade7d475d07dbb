import { useMemo } from 'preact/hooks';
import type { Refusal } from '#dashboards/console/api/types.ts';
import { LoadedList } from '#dashboards/console/components/common/loaded.tsx';
import { useDocument } from '#dashboards/console/components/common/use-document.ts';
import { DataTable, type TableColumn } from '#dashboards/console/components/table/data-table.tsx';
import { changed } from '#dashboards/console/state/remote.ts';
import type { Catalogue } from '#dashboards/console/text/catalogue-id.ts';
import { formatTime } from '#dashboards/console/text/format.ts';
import { type PageLanguage, useLanguage, useTexts } from '#dashboards/console/text/texts.ts';
import { seconds } from '#dashboards/console/time/clock.ts';

const REFRESH = seconds(10);

interface RefusalsProps {
  /** User name of the client; undefined for all that are not registered. */
  readonly name: string | undefined;
  readonly title: string;
  readonly lead: string;
  readonly none: string;
}

interface RefusalAnswer {
  readonly refusals: readonly Refusal[];
  readonly total: number;
  readonly complete: boolean;
}

/** Recent refusals of one name, or of clients whose name is not registered. */
export const Refusals = ({ name, title, lead, none }: RefusalsProps) => {
  const { deviceControl } = useTexts();
  const path = name === undefined ? '/v1/refusals?registered=false' : `/v1/refusals?name=${encodeURIComponent(name)}`;
  const { remote, data, again } = useDocument<RefusalAnswer>(path, REFRESH);
  const refusals = changed(remote, (answer) => answer.refusals);
  return (
    <section aria-labelledby="refusals">
      <h2 id="refusals">{title}</h2>
      <p class="lead">{lead}</p>
      {data?.complete === false && <p class="note unsure">{deviceControl.refusalsIncomplete}</p>}
      <LoadedList remote={refusals} again={again} none={none}>
        {(known) => <RefusalTable refusals={known} label={title} />}
      </LoadedList>
      {data !== undefined && data.total > data.refusals.length && (
        <p class="note">{deviceControl.moreRefusals(data.total - data.refusals.length)}</p>
      )}
    </section>
  );
};

const columnsOf = ({ deviceControl, locale }: Catalogue, language: PageLanguage): readonly TableColumn<Refusal>[] => {
  const { reason, client, address, times, last } = deviceControl.refusalColumn;
  const reasonOf = ({ explanation }: Refusal): string => explanation[language];
  const nameOf = ({ name }: Refusal): string => name ?? deviceControl.nameless;
  const addressOf = (refusal: Refusal): string => refusal.address ?? deviceControl.unknownAddress;
  return [
    {
      name: 'reason',
      title: reason,
      key: reasonOf,
      filter: reasonOf,
      cell: (refusal) => (
        <>
          {reasonOf(refusal)}
          {refusal.detail !== null && <p class="about">{refusal.detail}</p>}
        </>
      ),
    },
    { name: 'client', title: client, key: nameOf, cell: (refusal) => <NameCell refusal={refusal} /> },
    { name: 'address', title: address, key: addressOf, cell: addressOf },
    { name: 'times', title: times, isNumber: true, key: ({ count }) => count, cell: ({ count }) => count },
    { name: 'last', title: last, key: ({ at }) => at, cell: ({ at }) => formatTime(locale, at) },
  ];
};

const RefusalTable = ({ refusals, label }: { readonly refusals: readonly Refusal[]; readonly label: string }) => {
  const texts = useTexts();
  const language = useLanguage();
  const columns = useMemo(() => columnsOf(texts, language), [texts, language]);
  return (
    <DataTable
      name="refusals"
      label={label}
      rows={refusals}
      columns={columns}
      order="-last"
      idOf={({ by, cause, name, address }) => JSON.stringify([by, cause, name, address])}
      textOf={({ explanation, detail, name, client, address }) =>
        [explanation[language], detail, name, client, address].join(' ')
      }
      marksOf={({ cause }) => ({ 'data-cause': cause })}
    />
  );
};

const NameCell = ({ refusal: { name, client } }: { readonly refusal: Refusal }) => {
  const { deviceControl } = useTexts();
  const isOther = client !== null && client !== name;
  return (
    <>
      <bdi>{name ?? deviceControl.nameless}</bdi>
      {isOther && (
        <p class="about">
          <bdi>{client}</bdi>
        </p>
      )}
    </>
  );
};
