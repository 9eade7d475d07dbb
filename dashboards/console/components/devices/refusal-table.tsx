import type { Refusal } from '#dashboards/console/api/types.ts';
import { LoadedList } from '#dashboards/console/components/common/loaded.tsx';
import { TableFrame } from '#dashboards/console/components/common/table-frame.tsx';
import { useDocument } from '#dashboards/console/components/common/use-document.ts';
import { HeadRow } from '#dashboards/console/components/table/head-row.tsx';
import { changed } from '#dashboards/console/state/remote.ts';
import { formatTime } from '#dashboards/console/text/format.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';
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

const RefusalTable = ({ refusals, label }: { readonly refusals: readonly Refusal[]; readonly label: string }) => {
  const { deviceControl, locale } = useTexts();
  const { reason, client, address, times, last } = deviceControl.refusalColumn;
  return (
    <TableFrame label={label}>
      <table>
        <thead>
          <HeadRow names={[reason, client, address, times, last]} />
        </thead>
        <tbody>
          {refusals.map((refusal) => (
            <tr
              key={JSON.stringify([refusal.by, refusal.cause, refusal.name, refusal.address])}
              data-cause={refusal.cause}
            >
              <th scope="row">
                {locale.startsWith('id') ? refusal.explanation.id : refusal.explanation.en}
                {refusal.detail !== null && <p class="about">{refusal.detail}</p>}
              </th>
              <td>
                <NameCell refusal={refusal} />
              </td>
              <td>{refusal.address ?? deviceControl.unknownAddress}</td>
              <td class="number">{refusal.count}</td>
              <td>{formatTime(locale, refusal.at)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableFrame>
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
