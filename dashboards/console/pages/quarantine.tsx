import { useState } from 'preact/hooks';
import { ChangeButton, RoleNote } from '#dashboards/console/components/forms/change-button.tsx';
import type { PacketSelection } from '#dashboards/console/api/operate.ts';
import type { QuarantinedPacket } from '#dashboards/console/api/types.ts';
import { DiscardDialog, ReplayDialog } from '#dashboards/console/components/pipeline/quarantine-dialogs.tsx';
import { offeredShift } from '#dashboards/console/components/pipeline/offered-shift.ts';
import { LoadedList } from '#dashboards/console/components/common/loaded.tsx';
import { fieldsOf } from '#dashboards/console/components/forms/form.ts';
import { PacketTable } from '#dashboards/console/components/pipeline/packet-table.tsx';
import { useDocument } from '#dashboards/console/components/common/use-document.ts';
import { changed, dataOf, isNone } from '#dashboards/console/state/remote.ts';
import { setQuery, useQueryChoice, useQueryText } from '#dashboards/console/state/router.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';
import { seconds } from '#dashboards/console/time/clock.ts';

const REFRESH = seconds(30);
const PAGE = 50;
const MOST = 1_000;

type QuarantineFilterState = QuarantinedPacket['state'];
const STATES = ['open', 'replayed', 'discarded', 'every'] as const satisfies readonly (
  | QuarantineFilterState
  | 'every'
)[];

interface QuarantineFilter {
  readonly state: QuarantineFilterState | 'every';
  readonly device: string;
  readonly code: string;
}

const pathOf = ({ state, device, code }: QuarantineFilter, limit: number): string => {
  const query = new URLSearchParams({ limit: String(limit) });
  if (state !== 'every') query.set('state', state);
  if (device !== '') query.set('device', device);
  if (code !== '') query.set('code', code);
  return `/v1/quarantine?${query}`;
};

/** A filter in the address; what is the default is left out. */
const queryOf = ({ state, device, code }: QuarantineFilter): Readonly<Record<string, string | undefined>> => ({
  state: state === 'open' ? undefined : state,
  device: device === '' ? undefined : device,
  code: code === '' ? undefined : code,
});

/** The selected packets; without a selection, all open packets of the filter. */
const choiceOf = (selected: ReadonlySet<number>, { device, code }: QuarantineFilter): PacketSelection => {
  if (selected.size > 0) return { ids: [...selected] };
  if (device === '' && code === '') return { all: true };
  return { ...(device === '' ? {} : { device }), ...(code === '' ? {} : { code }) };
};

/** The page of refused packets: list, reasons, replay and discard. */
// oxlint-disable-next-line max-lines-per-function -- one page with its state, its list and its dialogs
export const QuarantinePage = () => {
  const texts = useTexts();
  const [state] = useQueryChoice('state', STATES);
  const [device] = useQueryText('device');
  const [code] = useQueryText('code');
  const filter = { state, device, code };
  const [limit, setLimit] = useState(PAGE);
  const { selected, toggle, clear } = useSelection();
  const [dialog, open] = useState<'replay' | 'discard'>();
  const [outcome, setOutcome] = useState<string>();
  const { remote, again } = useDocument<{ packets: QuarantinedPacket[] }>(
    pathOf(filter, limit),
    REFRESH,
    pathOf(filter, PAGE),
  );
  const packets = changed(remote, (answer): readonly QuarantinedPacket[] => answer.packets);
  const narrow = (change: Partial<QuarantineFilter>): void => {
    setQuery(queryOf({ ...filter, ...change }));
    setLimit(PAGE);
    clear();
  };
  const done = (words: string | undefined): void => {
    clear();
    setOutcome(words);
    again();
  };
  const choice = choiceOf(selected, filter);
  return (
    <>
      <h1>{texts.pages.quarantine}</h1>
      <p class="lead">{texts.quarantine.lead}</p>
      <RoleNote operation="replayQuarantine" />
      <Filters filter={filter} onChange={narrow} />
      <Head count={selected.size} isEmpty={isNone(packets)} onOpen={open} />
      {outcome !== undefined && (
        <p class="note" role="status" data-outcome>
          {outcome}
        </p>
      )}
      <LoadedList remote={packets} again={again} none={texts.pipeline.quarantineEmpty}>
        {(known) => <PacketTable packets={known} selected={selected} onSelect={toggle} />}
      </LoadedList>
      {dataOf(packets)?.length === limit && limit < MOST && (
        <button type="button" onClick={() => setLimit(Math.min(MOST, limit * 2))}>
          {texts.quarantine.older}
        </button>
      )}
      {dialog === 'replay' && (
        <ReplayDialog
          choice={choice}
          shift={offeredShift((dataOf(packets) ?? []).filter(({ id }) => selected.has(id)))}
          onDone={done}
          onClose={() => open(undefined)}
        />
      )}
      {dialog === 'discard' && <DiscardDialog choice={choice} onDone={done} onClose={() => open(undefined)} />}
    </>
  );
};

interface Selection {
  readonly selected: ReadonlySet<number>;
  readonly toggle: (id: number) => void;
  readonly clear: () => void;
}

const useSelection = (): Selection => {
  const [selected, select] = useState<ReadonlySet<number>>(new Set());
  const toggle = (id: number): void => {
    const next = new Set(selected);
    if (!next.delete(id)) next.add(id);
    select(next);
  };
  return { selected, toggle, clear: () => select(new Set()) };
};

interface QuarantineHeadProps {
  /** Number of selected packets. */
  readonly count: number;
  /** True where a fresh answer says that there are none. */
  readonly isEmpty: boolean;
  readonly onOpen: (dialog: 'replay' | 'discard') => void;
}

const Head = ({ count, isEmpty, onOpen }: QuarantineHeadProps) => {
  const texts = useTexts();
  return (
    <div class="section-head">
      <p aria-live="polite">{count > 0 && texts.quarantine.selected(count)}</p>
      <div class="actions">
        <ChangeButton operation="replayQuarantine" isPrimary isDisabled={isEmpty} onClick={() => onOpen('replay')}>
          {count > 0 ? texts.quarantine.replay : texts.quarantine.replayAll}
        </ChangeButton>
        <ChangeButton operation="discardQuarantined" isDisabled={count === 0} onClick={() => onOpen('discard')}>
          {texts.quarantine.discard}
        </ChangeButton>
      </div>
    </div>
  );
};

interface FiltersProps {
  readonly filter: QuarantineFilter;
  readonly onChange: (change: Partial<QuarantineFilter>) => void;
}

const Filters = ({ filter, onChange }: FiltersProps) => {
  const texts = useTexts();
  const submit = (event: SubmitEvent): void => {
    const field = fieldsOf(event);
    onChange({ device: field('device'), code: field('code').toUpperCase() });
  };
  return (
    <form class="filters" onSubmit={submit}>
      <div class="segments" role="group" aria-label={texts.column.state}>
        {STATES.map((state) => (
          <button key={state} type="button" aria-pressed={state === filter.state} onClick={() => onChange({ state })}>
            {state === 'every' ? texts.quarantine.every : texts.pipeline.states[state]}
          </button>
        ))}
      </div>
      <label>
        {texts.quarantine.device}
        <input name="device" defaultValue={filter.device} placeholder={texts.quarantine.anyDevice} autocomplete="off" />
      </label>
      <label>
        {texts.quarantine.code}
        <input name="code" defaultValue={filter.code} placeholder="PROPERTY_UNKNOWN" autocomplete="off" />
      </label>
      <button type="submit">{texts.quarantine.show}</button>
    </form>
  );
};
