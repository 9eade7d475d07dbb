import { renderSVG, renderUnicodeCompact } from 'uqr';

/** Content of a device's label: a URL that a commissioning page or an app reads. */
export interface Label {
  readonly device: string;
  readonly code: string;
  readonly host: string | undefined;
}

/** `klawing:claim?device=…&code=…[&host=…]`, each part percent-encoded. */
export const labelText = ({ device, code, host }: Label): string =>
  `klawing:claim?${new URLSearchParams({ device, code, ...(host === undefined ? {} : { host }) }).toString()}`;

/** For a terminal. */
export const qrText = (text: string): string => renderUnicodeCompact(text, { ecc: 'M' });

/** For print. */
export const qrSvg = (text: string): string => renderSVG(text, { ecc: 'M' });
