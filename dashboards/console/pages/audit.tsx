import { useState } from 'preact/hooks';
import type { AuditLine } from '#dashboards/console/api/types.ts';
import { Failure } from '#dashboards/console/components/common/failure.tsx';
import { TableFrame } from '#dashboards/console/components/common/table-frame.tsx';
import { HeadRow } from '#dashboards/console/components/table/head-row.tsx';
import { useDocument } from '#dashboards/console/components/common/use-document.ts';
import { fieldsOf } from '#dashboards/console/components/forms/form.ts';
import { formatTime } from '#dashboards/console/text/format.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';

const PAGE = 100;
const MOST = 1_000;

/** The page of the trail of changes, the newest first. */
export const AuditPage = () => {
  const { loading, pages, people } = useTexts();
  const [subject, setSubject] = useState('');
  const [limit, setLimit] = useState(PAGE);
  const query = new URLSearchParams({ limit: String(limit), ...(subject === '' ? {} : { subject }) });
  const { data, error, again } = useDocument<{ entries: AuditLine[] }>(`/v1/audit?${query.toString()}`);
  return (
    <>
      <h1>{pages.audit}</h1>
      <p class="lead">{people.auditLead}</p>
      <form class="filters" onSubmit={(event) => setSubject(fieldsOf(event)('subject'))}>
        <label>
          {people.about} <input name="subject" placeholder={people.aboutHelp} autocomplete="off" />
        </label>
        <button type="submit">{people.filter}</button>
      </form>
      {error !== undefined && <Failure error={error} again={again} />}
      {data === undefined && error === undefined && <p class="note">{loading}</p>}
      {data?.entries.length === 0 && <p class="note">{people.noEntries}</p>}
      {data !== undefined && data.entries.length > 0 && <AuditTable entries={data.entries} />}
      {data?.entries.length === limit && limit < MOST && (
        <button type="button" onClick={() => setLimit(Math.min(MOST, limit * 2))}>
          {people.older}
        </button>
      )}
    </>
  );
};

const AuditTable = ({ entries }: { readonly entries: readonly AuditLine[] }) => {
  const { locale, pages, people } = useTexts();
  const operations = new Map<string, string>(Object.entries(people.operations));
  const detailOf = ({ detail }: AuditLine): string => (Object.keys(detail).length === 0 ? '' : JSON.stringify(detail));
  return (
    <TableFrame label={pages.audit}>
      <table>
        <thead>
          <HeadRow names={[people.number, people.time, people.who, people.what, people.about, people.detail]} />
        </thead>
        <tbody>
          {entries.map((entry) => (
            <tr key={entry.number} data-entry={entry.number}>
              <td>{entry.number}</td>
              <td>{formatTime(locale, entry.at)}</td>
              <td>{entry.name ?? entry.actor}</td>
              <td>{operations.get(entry.action) ?? entry.action}</td>
              <td>{entry.subject}</td>
              <td>
                <code>{detailOf(entry)}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableFrame>
  );
};
