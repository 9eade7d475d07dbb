import { useEffect, useState } from 'preact/hooks';
import type { ConsoleSettings, Station } from '#dashboards/console/api/types.ts';
import type { KnownStates } from '#dashboards/console/state/use-states.ts';
import { useLanguage, useTexts } from '#dashboards/console/text/texts.ts';
import type * as GlModule from './gl-part.ts';
import { markerOf } from './marker.ts';
import { SvgMap } from './svg-map.tsx';

interface StationMapProps {
  readonly stations: readonly Station[];
  readonly states: KnownStates;
  readonly settings: ConsoleSettings | undefined;
  readonly selected: string | undefined;
}

type GlPart = typeof GlModule;

/** With more stations the drawing stays: the library has an element for each. */
const MOST_MOVING = 400;

/** True where WebGL works: some machines and many remote desktops do not have it. */
const hasWebGl = (): boolean => {
  const context = document.createElement('canvas').getContext('webgl2');
  context?.getExtension('WEBGL_lose_context')?.loseContext();
  return context !== null;
};

/** The drawing at once; the map that moves in its place as soon as its library is there. */
export const StationMap = ({ stations, states, settings, selected }: StationMapProps) => {
  const texts = useTexts();
  const language = useLanguage();
  const [part, setPart] = useState<GlPart>();
  const [isReady, setReady] = useState(false);
  useEffect(() => {
    // without the library the drawing stays
    if (stations.length <= MOST_MOVING && hasWebGl())
      import('./gl-part.ts').then(
        (loaded) => setPart(() => loaded),
        () => undefined,
      );
  }, []);
  const markers = stations.map((station) => markerOf(station, states, texts, language));
  const isSchematic = (settings?.tiles_url ?? null) === null;
  return (
    <figure class="map" aria-label={texts.map.label}>
      {!isReady && <SvgMap markers={markers} label={texts.map.label} selected={selected} />}
      {part !== undefined && settings !== undefined && (
        <part.GlMapView
          library={part.library}
          markers={markers}
          settings={settings}
          selected={selected}
          onReady={() => setReady(true)}
        />
      )}
      {isSchematic && <figcaption>{texts.map.schematic}</figcaption>}
    </figure>
  );
};
