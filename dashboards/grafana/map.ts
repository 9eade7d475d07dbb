import { FrameGeometrySourceMode, MapLayerOptionsBuilder } from '@grafana/grafana-foundation-sdk/common';
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import {
  ControlsOptionsBuilder,
  MapCenterID,
  MapViewConfigBuilder,
  PanelBuilder,
  TooltipMode,
  TooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/geomap';
import { NORMAL, SYSTEM } from './colour.ts';
import type { Say } from './language.ts';
import { fill, type PanelContent } from './panel.ts';

/** Markers for the rows of one query, which have the columns `lat` and `lon`. */
export interface Layer {
  readonly name: string;
  /** Reference of the query. */
  readonly refId: string;
  /** Column that colours the marker by its steps and is written beside it; that of the system without one. */
  readonly value?: string;
}

const layerOf = ({ name, refId, value }: Layer): MapLayerOptionsBuilder =>
  new MapLayerOptionsBuilder()
    .type('markers')
    .name(name)
    .tooltip(true)
    .filterData({ id: 'byRefId', options: refId })
    .location({
      build: () => ({ mode: FrameGeometrySourceMode.Coords, latitude: 'lat', longitude: 'lon' }),
    })
    .config({
      showLegend: false,
      style: {
        color: value === undefined ? { fixed: SYSTEM } : { field: value, fixed: NORMAL },
        opacity: value === undefined ? 0.5 : 0.9,
        size: { fixed: value === undefined ? 16 : 9, min: 2, max: 16 },
        symbol: { mode: 'fixed', fixed: 'img/icons/marker/circle.svg' },
        ...(value === undefined ? {} : { text: { mode: 'field', field: value, fixed: '' } }),
        textConfig: { fontSize: 12, offsetX: 0, offsetY: -14, textAlign: 'center', textBaseline: 'middle' },
      },
    });

/** A map that fits all its markers. Its ground comes from the maker of tiles that Grafana is set to. */
export const map = (content: PanelContent, layers: readonly Layer[], say: Say): Panel =>
  fill(
    new PanelBuilder()
      .view(new MapViewConfigBuilder().id(MapCenterID.Fit).allLayers(true).padding(15).zoom(11).maxZoom(14))
      .controls(new ControlsOptionsBuilder().showZoom(true).mouseWheelZoom(true).showAttribution(true).showScale(true))
      .basemap(new MapLayerOptionsBuilder().type('default').name('Layer 0'))
      .layers(layers.map(layerOf))
      .tooltip(new TooltipOptionsBuilder().mode(TooltipMode.Details))
      .build(),
    content,
    say,
  );
