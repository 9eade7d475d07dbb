import { useMemo, useState } from 'preact/hooks';
import type { TimeRange } from '#dashboards/console/chart/plan.ts';
import { address, setQuery } from '#dashboards/console/state/router.ts';
import { useStore } from '#dashboards/console/state/store.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';
import { days, hours, now, parseTime, type TimeSpan, writeTime } from '#dashboards/console/time/clock.ts';
import { fieldsOf } from './form.ts';

/** Ranges that end now. */
export const SPANS = { '1h': hours(1), '24h': hours(24), '7d': days(7), '30d': days(30) } as const satisfies Record<
  string,
  TimeSpan
>;
type RangeName = keyof typeof SPANS;
const NAMES: readonly RangeName[] = ['1h', '24h', '7d', '30d'];

export type PickedRange = { readonly name: RangeName } | { readonly name: 'custom'; readonly stretch: TimeRange };

/** The range of the address, and how it is changed. */
export const useRange = (): readonly [PickedRange, (range: PickedRange) => void] => {
  const { query } = useStore(address);
  const [from, to] = [parseTime(query['from'] ?? ''), parseTime(query['to'] ?? '')];
  const isStretch = from < to;
  const name = NAMES.find((each) => each === query['range']) ?? '24h';
  const range = useMemo<PickedRange>(
    () => (isStretch ? { name: 'custom', stretch: { from, to } } : { name }),
    [isStretch, from, to, name],
  );
  const change = (next: PickedRange): void => {
    if (next.name !== 'custom') return setQuery({ range: next.name, from: undefined, to: undefined });
    const { stretch } = next;
    return setQuery({ range: undefined, from: writeTime(stretch.from), to: writeTime(stretch.to) });
  };
  return [range, change];
};

interface RangePickerProps {
  readonly range: PickedRange;
  readonly onChange: (range: PickedRange) => void;
}

/** Choosing a range: by name, or from and to in WIB. */
export const RangePicker = ({ range, onChange }: RangePickerProps) => {
  const texts = useTexts();
  const [isOpen, setOpen] = useState(false);
  return (
    <div class="range">
      <div class="segments" role="group" aria-label={texts.range.label}>
        {NAMES.map((name) => (
          <button
            key={name}
            type="button"
            aria-pressed={range.name === name && !isOpen}
            onClick={() => {
              setOpen(false);
              onChange({ name });
            }}
          >
            {texts.range.names[name]}
          </button>
        ))}
        <button
          type="button"
          aria-pressed={range.name === 'custom' || isOpen}
          aria-expanded={isOpen}
          onClick={() => setOpen(!isOpen)}
        >
          {texts.range.names.custom}
        </button>
      </div>
      {isOpen && <CustomRange onChange={onChange} />}
    </div>
  );
};

const OFFSET_MS = 7 * 3_600_000;

/** The text of a date input for a time in WIB. */
const toInput = (at: number): string => writeTime(at + OFFSET_MS).slice(0, 16);

const CustomRange = ({ onChange }: Pick<RangePickerProps, 'onChange'>) => {
  const texts = useTexts();
  const [isWrong, setWrong] = useState(false);
  const end = now();
  const submit = (event: SubmitEvent): void => {
    const field = fieldsOf(event);
    const [from, to] = [parseTime(`${field('from')}:00+07:00`), parseTime(`${field('to')}:00+07:00`)];
    const isFine = from < to;
    setWrong(!isFine);
    if (isFine) onChange({ name: 'custom', stretch: { from, to } });
  };
  return (
    <form class="custom-range" onSubmit={submit}>
      <label>
        {texts.range.from}{' '}
        <input type="datetime-local" name="from" required defaultValue={toInput(end - days(30).ms)} />
      </label>
      <label>
        {texts.range.to} <input type="datetime-local" name="to" required defaultValue={toInput(end)} />
      </label>
      <button type="submit" class="primary">
        OK
      </button>
      {isWrong && <span role="alert">{texts.range.wrong}</span>}
    </form>
  );
};
