import type { Station } from '#dashboards/console/api/types.ts';
import { lookText } from '#dashboards/console/components/common/badge.tsx';
import { writeValue } from '#dashboards/console/components/common/shown-value.tsx';
import { lookOf, type Tone } from '#dashboards/console/state/tone.ts';
import type { KnownStates } from '#dashboards/console/state/use-states.ts';
import type { Catalogue } from '#dashboards/console/text/catalogue-id.ts';

/** A station as it stands on the map. */
export interface Marker {
  readonly id: string;
  readonly family: string;
  readonly lon: number;
  readonly lat: number;
  readonly tone: Tone;
  /** The value that stands for the station with its unit, short. */
  readonly text: string;
  /** For those who do not see the map. */
  readonly label: string;
}

/** Size of a marker on the screen, px; wide enough for a value with its unit. */
export const MARKER_HEIGHT = 24;
export const markerWidth = ({ text }: Marker): number => 30 + text.length * 7;

export const markerOf = (station: Station, states: KnownStates, texts: Catalogue, language: 'id' | 'en'): Marker => {
  const state = states.of(station.id);
  const look = state === undefined ? undefined : lookOf(state, states.isFresh);
  const text = writeValue(state?.value, texts, 2);
  const words = look === undefined ? texts.loading : lookText(look, language, texts.assurance);
  return {
    id: station.id,
    family: station.family,
    lon: station.lon,
    lat: station.lat,
    text,
    tone: look?.tone ?? 'not-known',
    label: `${station.name}: ${text}, ${words}`,
  };
};
