import { stations as stationStore } from '#dashboards/console/state/live.ts';
import { dataOf } from '#dashboards/console/state/remote.ts';
import { useStore } from '#dashboards/console/state/store.ts';
import { useLanguage, useTexts } from '#dashboards/console/text/texts.ts';
import { type Comparison, MOST_COMPARED, readComparisons, writeComparison } from './comparison.ts';
import type { Wanted } from './load.ts';

/** Rain explains a river, and the air that it washes: it may be drawn beside any property. */
const RAINFALL = 'rainfall';

interface ComparePickerProps {
  readonly wanted: Wanted;
  readonly chosen: readonly Comparison[];
  readonly onChange: (chosen: readonly Comparison[]) => void;
}

/** Choosing other stations for the same chart: their values of the same property, and rain. */
export const ComparePicker = ({ wanted: { station, property }, chosen, onChange }: ComparePickerProps) => {
  const texts = useTexts();
  const choices = useChoices(station, property.property);
  const isChosen = (each: Comparison): boolean => chosen.some((one) => writeComparison(one) === writeComparison(each));
  const titleOf = (each: Comparison): string =>
    choices.find((choice) => writeComparison(choice) === writeComparison(each))?.title ?? each.station;
  const open = choices.filter((choice) => !isChosen(choice));
  if (choices.length === 0) return null;
  return (
    <div class="compare">
      {chosen.map((each) => (
        <button
          key={writeComparison(each)}
          type="button"
          class="quiet"
          aria-label={texts.chart.without(titleOf(each))}
          onClick={() => onChange(chosen.filter((other) => other !== each))}
        >
          {titleOf(each)} ×
        </button>
      ))}
      {open.length > 0 && chosen.length < MOST_COMPARED && (
        <select
          aria-label={texts.chart.compare}
          value=""
          onChange={(event) => onChange([...chosen, ...readComparisons(event.currentTarget.value)])}
        >
          <option value="">+ {texts.chart.compare}</option>
          {open.map((choice) => (
            <option key={writeComparison(choice)} value={writeComparison(choice)}>
              {choice.title}
            </option>
          ))}
        </select>
      )}
    </div>
  );
};

interface CompareChoice extends Comparison {
  readonly title: string;
}

/** Reports of other stations of a property, and of rain. */
const useChoices = (station: string, property: string): readonly CompareChoice[] => {
  const language = useLanguage();
  const all = dataOf(useStore(stationStore)) ?? [];
  return all
    .filter(({ id }) => id !== station)
    .flatMap(({ id, name, last }) =>
      [...new Set([property, RAINFALL])].flatMap((each) => {
        const value = last.find((one) => one.property === each);
        if (value === undefined) return [];
        return [{ station: id, property: each, title: `${name}, ${value.title[language]}` }];
      }),
    );
};
