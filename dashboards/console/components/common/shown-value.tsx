import type { ShownValue, Value } from '#dashboards/console/api/types.ts';
import type { Catalogue } from '#dashboards/console/text/catalogue-id.ts';
import { formatAge, formatValue } from '#dashboards/console/text/format.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';
import { ageOf, useNow } from '#dashboards/console/time/age.ts';

/** A value as a text; a sign in its place where it is not valid. At most so many decimals, where there is little room. */
export const writeValue = (value: ShownValue | null | undefined, texts: Catalogue, decimals = 9): string => {
  if (value === null || value === undefined) return texts.none;
  if (value.value === null) return texts.noValue;
  if (value.property === 'tilt') return value.value === 0 ? texts.tilt.upright : texts.tilt.tilted;
  return formatValue(texts.locale, value.value, Math.min(value.decimals, decimals), value.unit_text);
};

/** A health value of a device as a text; a dash where it failed its checks. */
export const writeHealth = (value: Value | undefined, texts: Catalogue): string => {
  if (value === undefined) return texts.none;
  if (value.flag === 4 || value.flag === 9) return texts.noValue;
  return formatValue(texts.locale, value.value, value.decimals, value.unit_text);
};

/** The age of a value, and where its time is from if that is not the device; where it is not valid, why, and the newest valid value with its age. */
export const AboutValue = ({ value }: { readonly value: ShownValue | null | undefined }) => {
  const texts = useTexts();
  const now = useNow();
  if (value === null || value === undefined) return <>{texts.noValues}</>;
  const age = (time: string): string => formatAge(texts.locale, ageOf(time, now));
  if (value.reason === null) {
    const { timed_by: timedBy, observed_at: at } = value;
    return (
      <>
        {age(at)}
        {timedBy !== 'device' && <small class="timed-by"> · {texts.timedBy[timedBy]}</small>}
      </>
    );
  }
  const last = value.last_valid;
  if (last === null) return <>{texts.reasons[value.reason]}</>;
  const written = formatValue(texts.locale, last.value, value.decimals, value.unit_text);
  return (
    <>
      {texts.reasons[value.reason]}, {texts.lastValid(written, age(last.observed_at))}
    </>
  );
};
