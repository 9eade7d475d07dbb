import { useEffect, useRef, useState } from 'preact/hooks';
import { linkTo } from '#dashboards/console/routes.ts';
import { BASEMAP, type Bounds, boundsOf, type MapPosition } from './basemap.ts';
import type { Tone } from '#dashboards/console/state/tone.ts';
import { MARKER_HEIGHT, type Marker, markerWidth } from './marker.ts';
import { spread } from './spread.ts';

interface Size {
  readonly width: number;
  readonly height: number;
}

interface SvgMapProps {
  readonly markers: readonly Marker[];
  readonly label: string;
  readonly selected: string | undefined;
}

/** The map as SVG: it is shown first, and stays where the browser does not have WebGL. */
export const SvgMap = ({ markers, label, selected }: SvgMapProps) => {
  const frame = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState<Size>({ width: 640, height: 480 });
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      const box = entry?.contentRect;
      if (box !== undefined && box.width > 0) setSize({ width: box.width, height: box.height });
    });
    if (frame.current !== null) observer.observe(frame.current);
    return () => observer.disconnect();
  }, []);
  const project = projection(boundsFor(markers), size);
  return (
    <div class="map-drawing" ref={frame} data-map="svg">
      <svg
        viewBox={`0 0 ${size.width} ${size.height}`}
        role="group"
        aria-label={label}
        onClick={({ currentTarget, clientX, clientY, target }) => {
          const { left, top } = currentTarget.getBoundingClientRect();
          const near = nearest(markers, project, [clientX - left, clientY - top]);
          if (near !== undefined && !isInLink(target)) location.hash = linkTo({ page: 'station', station: near.id });
        }}
      >
        <Ground project={project} />
        <Markers markers={markers} project={project} size={size} selected={selected} />
      </svg>
    </div>
  );
};

/** The stations with the ground around them; the ground alone while there are none. */
export const boundsFor = (markers: readonly Marker[]): Bounds =>
  boundsOf(
    markers.length > 0
      ? markers.map(({ lon, lat }): MapPosition => [lon, lat])
      : BASEMAP.flatMap(({ points }) => [...points]),
  );

const isInLink = (target: EventTarget | null): boolean => target instanceof Element && target.closest('a') !== null;

/** Distance from a click within which a station is opened, px. */
const REACH = 12;

/** The station next to a point of the drawing, within reach. */
const nearest = (
  markers: readonly Marker[],
  project: Projection,
  [x, y]: readonly [x: number, y: number],
): Marker | undefined => {
  const distances = markers.map((marker) => {
    const [atX, atY] = project([marker.lon, marker.lat]);
    return Math.hypot(atX - x, atY - y);
  });
  const least = Math.min(...distances);
  return least <= REACH ? markers[distances.indexOf(least)] : undefined;
};

type Projection = (position: MapPosition) => readonly [x: number, y: number];

/** Degrees to pixels, true to angles at the middle latitude, the bounds in the middle of the frame. */
const projection = ({ west, south, east, north }: Bounds, { width, height }: Size): Projection => {
  const stretch = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const scale = Math.min((width - 80) / ((east - west) * stretch), (height - 48) / (north - south));
  const [midLon, midLat] = [(west + east) / 2, (south + north) / 2];
  return ([lon, lat]) => [width / 2 + (lon - midLon) * stretch * scale, height / 2 - (lat - midLat) * scale];
};

const pathOf = (points: readonly MapPosition[], project: Projection): string =>
  points
    .map(
      (point, i) =>
        `${i === 0 ? 'M' : 'L'}${project(point)
          .map((each) => each.toFixed(1))
          .join(' ')}`,
    )
    .join('');

const Ground = ({ project }: { readonly project: Projection }) => (
  <g aria-hidden="true">
    {BASEMAP.map(({ kind, name, points }) => (
      <path key={name} class={`ground ${kind}`} d={pathOf(points, project)} />
    ))}
    {BASEMAP.filter(({ kind }) => kind === 'river').map(({ name, points }) => {
      const [x, y] = project(points[Math.floor(points.length * 0.8)] ?? [0, 0]);
      return (
        <text key={name} class="ground-name" x={x + 10} y={y}>
          {name}
        </text>
      );
    })}
  </g>
);

interface MarkersProps {
  readonly markers: readonly Marker[];
  readonly project: Projection;
  readonly size: Size;
  readonly selected: string | undefined;
}

/** With more markers than this, each is a disc at its place without its value. */
export const MOST_LABELS = 120;

const Markers = ({ markers, project, size, selected }: MarkersProps) => {
  if (markers.length > MOST_LABELS) return <CrowdedMarkers markers={markers} project={project} />;
  const boxes = markers.map((marker) => {
    const [x, y] = project([marker.lon, marker.lat]);
    return { id: marker.id, x, y: y - MARKER_HEIGHT, width: markerWidth(marker), height: MARKER_HEIGHT };
  });
  const placed = new Map(spread(boxes, size).map((place) => [place.id, place]));
  return (
    <>
      <g aria-hidden="true">
        {markers.map((marker) => {
          const [x, y] = project([marker.lon, marker.lat]);
          const to = placed.get(marker.id) ?? { x, y };
          return (
            <g key={marker.id} class={`foot ${marker.tone}`}>
              <line x1={x} y1={y} x2={to.x} y2={to.y} />
              <circle cx={x} cy={y} r="4" />
            </g>
          );
        })}
      </g>
      {markers.map((marker) => (
        <Pill key={marker.id} marker={marker} at={placed.get(marker.id)} isSelected={marker.id === selected} />
      ))}
    </>
  );
};

/** Tones of crossed levels, the worst last, so that it lies on top. */
const CROSSED: readonly Tone[] = ['rank-1', 'rank-2', 'rank-3'];

/** Stations above a level as links of their own; the others in one shape for each colour, because an element for each station takes too long. */
const CrowdedMarkers = ({ markers, project }: Pick<MarkersProps, 'markers' | 'project'>) => {
  const byTone = Map.groupBy(markers, ({ tone }) => tone);
  return (
    <>
      {[...byTone]
        .filter(([tone]) => !CROSSED.includes(tone))
        .map(([tone, members]) => (
          <g key={tone} class={`foot ${tone}`} data-tone={tone} data-markers={members.length} aria-hidden="true">
            <path d={discsAt(members.map(({ lon, lat }) => project([lon, lat])))} />
          </g>
        ))}
      {CROSSED.flatMap((tone) => byTone.get(tone) ?? []).map((marker) => (
        <Disc key={marker.id} marker={marker} at={project([marker.lon, marker.lat])} />
      ))}
    </>
  );
};

/** Circles with a radius of 5 px as one path. */
const discsAt = (places: readonly (readonly [x: number, y: number])[]): string =>
  places.map(([x, y]) => `M${(x - 5).toFixed(1)} ${y.toFixed(1)}a5 5 0 1 0 10 0a5 5 0 1 0 -10 0`).join('');

interface DiscProps {
  readonly marker: Marker;
  readonly at: readonly [x: number, y: number];
}

/** A station in its colour alone. */
const Disc = ({ marker, at: [x, y] }: DiscProps) => (
  <a
    href={linkTo({ page: 'station', station: marker.id })}
    aria-label={marker.label}
    class={`foot ${marker.tone}`}
    data-marker={marker.id}
    data-tone={marker.tone}
  >
    <circle cx={x} cy={y} r="5" />
  </a>
);

interface PillProps {
  readonly marker: Marker;
  readonly at: { readonly x: number; readonly y: number } | undefined;
  readonly isSelected: boolean;
}

const Pill = ({ marker, at, isSelected }: PillProps) => {
  if (at === undefined) return null;
  const width = markerWidth(marker);
  return (
    <a
      href={linkTo({ page: 'station', station: marker.id })}
      aria-label={marker.label}
      class={`pill ${marker.tone} ${isSelected ? 'selected' : ''}`}
      data-marker={marker.id}
      data-tone={marker.tone}
    >
      <title>{marker.label}</title>
      <rect x={at.x - width / 2} y={at.y - MARKER_HEIGHT / 2} width={width} height={MARKER_HEIGHT} rx="12" />
      <circle class="sign" cx={at.x - width / 2 + 12} cy={at.y} r="5" />
      <text x={at.x - width / 2 + 21} y={at.y + 4}>
        {marker.text}
      </text>
    </a>
  );
};
