import { useMemo, useState } from 'preact/hooks';
import type { AuditLine } from '#dashboards/console/api/types.ts';
import { DataTable, type TableColumn } from '#dashboards/console/components/table/data-table.tsx';
import { LoadedList } from '#dashboards/console/components/common/loaded.tsx';
import { useDocument } from '#dashboards/console/components/common/use-document.ts';
import { useQueryText } from '#dashboards/console/state/router.ts';
import { fieldsOf } from '#dashboards/console/components/forms/form.ts';
import type { Catalogue } from '#dashboards/console/text/catalogue-id.ts';
import { changed } from '#dashboards/console/state/remote.ts';
import { formatTime } from '#dashboards/console/text/format.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';

const PAGE = 100;
const MOST = 1_000;

/** The page of the trail of changes, the newest first. */
export const AuditPage = () => {
  const { pages, people } = useTexts();
  const [subject, setSubject] = useQueryText('subject');
  const [limit, setLimit] = useState(PAGE);
  const query = new URLSearchParams({ limit: String(limit), ...(subject === '' ? {} : { subject }) });
  const { remote, data, again } = useDocument<{ entries: AuditLine[] }>(`/v1/audit?${query.toString()}`);
  const entries = changed(remote, (answer): readonly AuditLine[] => answer.entries);
  return (
    <>
      <h1>{pages.audit}</h1>
      <p class="lead">{people.auditLead}</p>
      <form class="filters" onSubmit={(event) => setSubject(fieldsOf(event)('subject'))}>
        <label>
          {people.about}{' '}
          <input name="subject" defaultValue={subject} placeholder={people.aboutHelp} autocomplete="off" />
        </label>
        <button type="submit">{people.filter}</button>
      </form>
      <LoadedList remote={entries} again={again} none={people.noEntries}>
        {(all) => <AuditTable entries={all} />}
      </LoadedList>
      {data?.entries.length === limit && limit < MOST && (
        <button type="button" onClick={() => setLimit(Math.min(MOST, limit * 2))}>
          {people.older}
        </button>
      )}
    </>
  );
};

const detailOf = ({ detail }: AuditLine): string => (Object.keys(detail).length === 0 ? '' : JSON.stringify(detail));
const personOf = ({ name, actor }: AuditLine): string => name ?? actor;

const columnsOf = ({ locale, people }: Catalogue, actionOf: (entry: AuditLine) => string) =>
  [
    { name: 'number', title: people.number, key: ({ number }) => number, cell: ({ number }) => number },
    { name: 'time', title: people.time, key: ({ at }) => at, cell: ({ at }) => formatTime(locale, at) },
    { name: 'who', title: people.who, key: personOf, filter: personOf, cell: personOf },
    { name: 'what', title: people.what, key: actionOf, filter: actionOf, cell: actionOf },
    { name: 'about', title: people.about, key: ({ subject }) => subject, cell: ({ subject }) => subject },
    { name: 'detail', title: people.detail, cell: (entry) => <code>{detailOf(entry)}</code> },
  ] satisfies readonly TableColumn<AuditLine>[];

const AuditTable = ({ entries }: { readonly entries: readonly AuditLine[] }) => {
  const texts = useTexts();
  const { columns, actionOf } = useMemo(() => {
    const operations = new Map<string, string>(Object.entries(texts.people.operations));
    const nameOf = ({ action }: AuditLine): string => operations.get(action) ?? action;
    return { columns: columnsOf(texts, nameOf), actionOf: nameOf };
  }, [texts]);
  return (
    <DataTable
      label={texts.pages.audit}
      rows={entries}
      columns={columns}
      order="-number"
      idOf={({ number }) => String(number)}
      textOf={(entry) => `${personOf(entry)} ${actionOf(entry)} ${entry.subject} ${detailOf(entry)}`}
      marksOf={({ number }) => ({ 'data-entry': number })}
    />
  );
};
