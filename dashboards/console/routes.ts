export const PAGES = ['overview', 'alerts', 'fleet', 'pipeline', 'quarantine'] as const;
/** Pages that the navigation does not list for everyone. */
export const MORE_PAGES = ['people', 'tokens', 'audit', 'account'] as const;
export type Page = (typeof PAGES)[number] | (typeof MORE_PAGES)[number];

export type PageRoute =
  | { readonly page: Page }
  | { readonly page: 'station'; readonly station: string }
  | { readonly page: 'device'; readonly device: string }
  | { readonly page: 'invitation'; readonly code: string };

/** Range, filters and selection of a page, as texts by name. */
export type PageQuery = Readonly<Record<string, string>>;

/** A page with everything that its address says of it. */
export interface PageAddress {
  readonly route: PageRoute;
  readonly query: PageQuery;
}

/** The address in a hash, `#/stations/PBG-R03?range=7d`. */
export const parseAddress = (hash: string): PageAddress => {
  const [path = '', ...query] = hash.split('?');
  return { route: parseRoute(path), query: Object.fromEntries(new URLSearchParams(query.join('?'))) };
};

/** The route of a hash; the overview where it is unknown. */
export const parseRoute = (hash: string): PageRoute => {
  const [first = '', second = ''] = (hash.split('?')[0] ?? '').replace(/^#\/?/, '').split('/');
  if (first === 'stations' && second !== '') return { page: 'station', station: decode(second) };
  if (first === 'devices' && second !== '') return { page: 'device', device: decode(second) };
  if (first === 'invitation' && second !== '') return { page: 'invitation', code: decode(second) };
  return { page: [...PAGES, ...MORE_PAGES].find((page) => page === first) ?? 'overview' };
};

export const linkTo = (route: PageRoute, query: PageQuery = {}): string => {
  const search = new URLSearchParams({ ...query }).toString();
  return search === '' ? pathOf(route) : `${pathOf(route)}?${search}`;
};

const pathOf = (route: PageRoute): string => {
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
