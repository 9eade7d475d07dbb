import type { GeoJSONSource, StyleSpecification } from 'maplibre-gl';
import type { ConsoleSettings } from '#dashboards/console/api/types.ts';
import { BASEMAP, type MapPosition } from './basemap.ts';
import type { Marker } from './marker.ts';

type Features = Parameters<GeoJSONSource['setData']>[0];

const featuresOf = (kind: string): Features => ({
  type: 'FeatureCollection',
  features: BASEMAP.filter((shape) => shape.kind === kind).map(({ name, points }) => ({
    type: 'Feature',
    properties: { name },
    geometry:
      kind === 'regency'
        ? { type: 'Polygon', coordinates: [points.map(coordinate)] }
        : { type: 'LineString', coordinates: points.map(coordinate) },
  })),
});

const coordinate = ([lon, lat]: MapPosition): [number, number] => [lon, lat];

/** Lines of our own, or tiles where there are any. No glyphs, no sprites: nothing more is fetched. */
export const styleOf = ({ tiles_url }: ConsoleSettings, element: Element): StyleSpecification => {
  const style = getComputedStyle(element);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const hasTiles = tiles_url !== null;
  return {
    version: 8,
    sources: {
      regency: { type: 'geojson', data: featuresOf('regency') },
      river: { type: 'geojson', data: featuresOf('river') },
      tributary: { type: 'geojson', data: featuresOf('tributary') },
      feet: { type: 'geojson', data: featuresOf('none') },
      ...(hasTiles ? { tiles: { type: 'raster', tiles: [tiles_url], tileSize: 256 } } : {}),
    },
    layers: [
      { id: 'ground', type: 'background', paint: { 'background-color': colour('--map') } },
      ...(hasTiles ? [{ id: 'tiles', type: 'raster' as const, source: 'tiles' }] : schematic(colour)),
      {
        id: 'feet',
        type: 'circle',
        source: 'feet',
        paint: {
          'circle-color': ['get', 'colour'],
          'circle-radius': 4,
          'circle-stroke-color': colour('--card'),
          'circle-stroke-width': 1.5,
        },
      },
    ],
  };
};

const schematic = (colour: (name: string) => string) => [
  { id: 'land', type: 'fill' as const, source: 'regency', paint: { 'fill-color': colour('--land') } },
  { ...line('regency', colour('--edge'), 1.5), id: 'edge' },
  line('tributary', colour('--water'), 2),
  line('river', colour('--water'), 4),
];

const line = (source: string, colour: string, width: number) => ({
  id: source,
  type: 'line' as const,
  source,
  layout: { 'line-cap': 'round' as const, 'line-join': 'round' as const },
  paint: { 'line-color': colour, 'line-width': width },
});

/** The positions of the stations; their markers may be moved aside. */
export const feetOf = (markers: readonly Marker[], element: Element): Features => {
  const style = getComputedStyle(element);
  return {
    type: 'FeatureCollection',
    features: markers.map(({ lon, lat, tone }) => ({
      type: 'Feature',
      properties: { colour: style.getPropertyValue(`--${tone}`).trim() },
      geometry: { type: 'Point', coordinates: [lon, lat] },
    })),
  };
};
