import { render } from 'preact';
import { App } from './app.tsx';
import { showPalette } from './state/palette.ts';

showPalette('standard'); // until the settings are read

const root = document.querySelector('#console');
if (root !== null) render(<App />, root);
