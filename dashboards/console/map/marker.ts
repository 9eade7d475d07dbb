import type { Alert, Station } from '#dashboards/console/api/types.ts';
import { headlineOf, type Tone, toneOf } from '#dashboards/console/state/tone.ts';
import type { Catalogue } from '#dashboards/console/text/catalogue-id.ts';
import { formatValue } from '#dashboards/console/text/format.ts';

/** A station as it stands on the map. */
export interface Marker {
  readonly id: string;
  readonly family: string;
  readonly lon: number;
  readonly lat: number;
  readonly tone: Tone;
  /** The headline's value with its unit, short. */
  readonly text: string;
  /** For those who do not see the map. */
  readonly label: string;
}

/** Size of a marker on the screen, px; wide enough for a value with its unit. */
export const MARKER_HEIGHT = 24;
export const markerWidth = ({ text }: Marker): number => 30 + text.length * 7;

export const markerOf = (station: Station, alerts: readonly Alert[], texts: Catalogue): Marker => {
  const headline = headlineOf(station);
  const tone = toneOf(station, alerts);
  const text =
    headline === undefined
      ? texts.none
      : formatValue(texts.locale, headline.value, Math.min(headline.decimals, 2), headline.unit_text);
  return {
    id: station.id,
    family: station.family,
    lon: station.lon,
    lat: station.lat,
    tone,
    text,
    label: `${station.name}: ${text}, ${texts.tone[tone]}`,
  };
};
