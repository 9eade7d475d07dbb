export const PAGES = ['overview', 'alerts', 'fleet', 'pipeline', 'quarantine'] as const;
export type Page = (typeof PAGES)[number];

export type PageRoute =
  | { readonly page: Page }
  | { readonly page: 'station'; readonly station: string }
  | { readonly page: 'device'; readonly device: string };

/** The route of a hash; the overview where it is unknown. */
export const parseRoute = (hash: string): PageRoute => {
  const [first = '', second = ''] = hash.replace(/^#\/?/, '').split('/');
  if (first === 'stations' && second !== '') return { page: 'station', station: decode(second) };
  if (first === 'devices' && second !== '') return { page: 'device', device: decode(second) };
  return { page: PAGES.find((page) => page === first) ?? 'overview' };
};

export const linkTo = (route: PageRoute): string => {
  if (route.page === 'station') return `#/stations/${encodeURIComponent(route.station)}`;
  if (route.page === 'device') return `#/devices/${encodeURIComponent(route.device)}`;
  return route.page === 'overview' ? '#/' : `#/${route.page}`;
};

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};
