import type * as MapLibre from 'maplibre-gl';
import type { GeoJSONSource, LngLatLike, Map as GlMap } from 'maplibre-gl';
import { useEffect, useRef } from 'preact/hooks';
import type { ConsoleSettings } from '#dashboards/console/api/types.ts';
import { linkTo } from '#dashboards/console/routes.ts';
import { feetOf, styleOf } from './gl-style.ts';
import { MARKER_HEIGHT, type Marker, markerWidth } from './marker.ts';
import { spread } from './spread.ts';
import { boundsFor, MOST_LABELS } from './svg-map.tsx';

/** The parts of the library that are made here: the type of the whole namespace is not compared alike in each run of tsc 7. */
type Library = Pick<typeof MapLibre, 'Map' | 'Marker' | 'NavigationControl' | 'AttributionControl'>;

interface GlMapProps {
  readonly library: Library;
  readonly markers: readonly Marker[];
  readonly settings: ConsoleSettings;
  readonly selected: string | undefined;
  readonly onReady: () => void;
}

/** The map that can be moved and zoomed, over tiles where the operator chose some. */
export const GlMapView = ({ library, markers, settings, selected, onReady }: GlMapProps) => {
  const frame = useRef<HTMLDivElement>(null);
  const map = useRef<GlMap>(undefined);
  const shown = useRef(new Map<string, ShownMarker>());
  const newest = useRef(markers);
  newest.current = markers;

  useEffect(() => {
    if (frame.current === null) return undefined;
    const { west, south, east, north } = boundsFor(newest.current);
    const made = new library.Map({
      container: frame.current,
      style: styleOf(settings, frame.current),
      bounds: [west, south, east, north],
      fitBoundsOptions: { padding: { top: 40, bottom: 16, left: 40, right: 40 } },
      attributionControl: false,
      maxZoom: 16,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
    });
    made.addControl(new library.NavigationControl({ showCompass: false }), 'top-right');
    if (settings.tiles_attribution !== null) {
      made.addControl(new library.AttributionControl({ customAttribution: escape(settings.tiles_attribution) }));
    }
    const place = (): void => placeMarkers(made, newest.current, shown.current);
    void made.once('load', () => {
      showMarkers(library, made, newest.current, shown.current);
      place();
      onReady();
    });
    made.on('move', place);
    made.on('resize', place);
    map.current = made;
    return () => {
      shown.current.clear();
      made.remove();
      map.current = undefined;
    };
  }, [library, settings]);

  useEffect(() => {
    if (map.current?.isStyleLoaded() !== true) return;
    showMarkers(library, map.current, markers, shown.current);
    placeMarkers(map.current, markers, shown.current);
  }, [markers]);
  useEffect(() => {
    for (const [id, { element }] of shown.current) element.classList.toggle('selected', id === selected);
  }, [selected, markers]);

  return <div class="map-gl" data-map="gl" ref={frame} />;
};

interface ShownMarker {
  readonly element: HTMLAnchorElement;
  readonly marker: InstanceType<Library['Marker']>;
}

/** Makes, changes and takes away the elements, so that they are the markers. */
const showMarkers = (
  library: Library,
  map: GlMap,
  markers: readonly Marker[],
  shown: Map<string, ShownMarker>,
): void => {
  const wanted = new Set(markers.map(({ id }) => id));
  for (const [id, { marker }] of shown) {
    if (wanted.has(id)) continue;
    marker.remove();
    shown.delete(id);
  }
  for (const each of markers) {
    const known = shown.get(each.id) ?? makeMarker(library, map, each);
    shown.set(each.id, known);
    known.element.classList.remove(known.element.dataset['tone'] ?? 'not-known');
    known.element.classList.add(each.tone);
    known.element.dataset['tone'] = each.tone;
    known.element.textContent = each.text;
    known.element.ariaLabel = each.label;
    known.element.title = each.label;
  }
  map.getSource<GeoJSONSource>('feet')?.setData(feetOf(markers, map.getContainer()));
};

const makeMarker = (library: Library, map: GlMap, { id, lon, lat }: Marker): ShownMarker => {
  const element = document.createElement('a');
  element.className = 'gl-pill';
  element.href = linkTo({ page: 'station', station: id });
  element.dataset['marker'] = id;
  const marker = new library.Marker({ element }).setLngLat([lon, lat]).addTo(map);
  element.removeAttribute('role'); // the library calls every marker a button; this one is a link
  return { element, marker };
};

/** Moves them apart on the screen; each stays near its place. */
const placeMarkers = (map: GlMap, markers: readonly Marker[], shown: ReadonlyMap<string, ShownMarker>): void => {
  const { clientWidth: width, clientHeight: height } = map.getContainer();
  const points = new Map(markers.map(({ id, lon, lat }) => [id, map.project([lon, lat] satisfies LngLatLike)]));
  const visible = markers.filter(({ id }) => {
    const point = points.get(id);
    return point !== undefined && point.x > 0 && point.x < width && point.y > 0 && point.y < height;
  });
  const boxes = visible.map((marker) => {
    const { x, y } = points.get(marker.id) ?? { x: 0, y: 0 };
    return { id: marker.id, x, y: y - MARKER_HEIGHT, width: markerWidth(marker), height: MARKER_HEIGHT };
  });
  for (const { id, x, y } of boxes.length > MOST_LABELS ? boxes : spread(boxes, { width, height })) {
    const point = points.get(id);
    if (point !== undefined) shown.get(id)?.marker.setOffset([x - point.x, y - point.y]);
  }
};

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
