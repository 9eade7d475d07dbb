import 'maplibre-gl/dist/maplibre-gl.css';
import * as library from 'maplibre-gl';

/** Everything that only the map which moves needs, loaded when a browser can show it. */
export { GlMapView } from './gl-map.tsx';
export { library };
