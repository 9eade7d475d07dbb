import { useMemo, useState } from 'preact/hooks';
import type { TimeRange } from '#dashboards/console/chart/plan.ts';
import { address, setQuery } from '#dashboards/console/state/router.ts';
import { useStore } from '#dashboards/console/state/store.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';
import { days, hours, now, parseTime, seconds, type TimeSpan, writeTime } from '#dashboards/console/time/clock.ts';
import { offsetOf, zoneName } from '#dashboards/console/time/zone.ts';
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
  const given = [query['from'] ?? '', query['to'] ?? ''] as const;
  const name = NAMES.find((each) => each === query['range']) ?? '24h';
  const range = useMemo<PickedRange>(() => {
    const [from, to] = [parseTime(given[0]), parseTime(given[1])];
    return from < to ? { name: 'custom', stretch: { from, to } } : { name };
  }, [...given, name]);
  const change = (next: PickedRange): void => {
    if (next.name !== 'custom') return setQuery({ range: next.name, from: undefined, to: undefined });
    const { stretch } = next;
    return setQuery({ range: undefined, from: writeTime(stretch.from), to: writeTime(stretch.to) });
  };
  return [range, change];
};

interface RangePickerProps {
  readonly range: PickedRange;
  /** The shown stretch; undefined until the time is known. */
  readonly shown: TimeRange | undefined;
  /** Zone of the two fields. */
  readonly zone: string;
  readonly onChange: (range: PickedRange) => void;
}

/** Choosing a range: by name, or from and to in the zone of the station. */
export const RangePicker = ({ range, shown, zone, onChange }: RangePickerProps) => {
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
      {shown !== undefined && <Moves shown={shown} onChange={onChange} />}
      {isOpen && <CustomRange zone={zone} onChange={onChange} />}
    </div>
  );
};

/** Each move as the new begin and end, in parts of the shown stretch. */
const MOVES = {
  earlier: [-0.5, 0.5],
  later: [0.5, 1.5],
  closer: [0.25, 0.75],
  wider: [-0.5, 1.5],
} as const;
const SIGNS = { earlier: '←', later: '→', closer: '+', wider: '−' } as const;
const MOVE_NAMES = ['earlier', 'closer', 'wider', 'later'] as const;
/** The shortest stretch of a chart. */
const SHORTEST = seconds(10);

/** Moving and zooming by buttons, as a drag does on a chart. */
const Moves = ({
  shown: { from, to },
  onChange,
}: { readonly shown: TimeRange } & Pick<RangePickerProps, 'onChange'>) => {
  const texts = useTexts();
  const move = ([begin, end]: (typeof MOVES)[keyof typeof MOVES]): void => {
    const at = (part: number): number => Math.round(from + part * (to - from));
    if (at(end) - at(begin) >= SHORTEST.ms) onChange({ name: 'custom', stretch: { from: at(begin), to: at(end) } });
  };
  return (
    <div class="segments" role="group" aria-label={texts.range.moves}>
      {MOVE_NAMES.map((name) => (
        <button key={name} type="button" aria-label={texts.range.move[name]} onClick={() => move(MOVES[name])}>
          {SIGNS[name]}
        </button>
      ))}
    </div>
  );
};

/** The text of a field for a time in a zone, in 24 hours whatever the language of the browser. */
const toInput = (at: number, zone: string): string =>
  writeTime(at + offsetOf(zone, at))
    .slice(0, 16)
    .replace('T', ' ');

const fromInput = (text: string, zone: string): number => {
  const local = parseTime(`${text.replace(' ', 'T').replace('.', ':')}:00Z`);
  return local - offsetOf(zone, local - offsetOf(zone, local));
};

/** A day and a time, as the browser would check them without its own clock of 12 hours. */
const MomentField = ({ name, value }: { readonly name: string; readonly value: string }) => {
  const texts = useTexts();
  return (
    <input
      name={name}
      required
      pattern={String.raw`\d{4}-\d\d-\d\d[ T]([01]\d|2[0-3])[:.][0-5]\d`}
      title={texts.range.form}
      placeholder="2026-11-24 13:05"
      size={16}
      autocomplete="off"
      defaultValue={value}
    />
  );
};

const CustomRange = ({ zone, onChange }: Pick<RangePickerProps, 'zone' | 'onChange'>) => {
  const texts = useTexts();
  const [isWrong, setWrong] = useState(false);
  const end = now();
  const submit = (event: SubmitEvent): void => {
    const field = fieldsOf(event);
    const [from, to] = [fromInput(field('from'), zone), fromInput(field('to'), zone)];
    const isFine = from < to;
    setWrong(!isFine);
    if (isFine) onChange({ name: 'custom', stretch: { from, to } });
  };
  return (
    <form class="custom-range" onSubmit={submit}>
      <label>
        {texts.range.from} ({zoneName(zone, end)}) <MomentField name="from" value={toInput(end - days(30).ms, zone)} />
      </label>
      <label>
        {texts.range.to} ({zoneName(zone, end)}) <MomentField name="to" value={toInput(end, zone)} />
      </label>
      <button type="submit" class="primary">
        OK
      </button>
      {isWrong && <span role="alert">{texts.range.wrong}</span>}
    </form>
  );
};
