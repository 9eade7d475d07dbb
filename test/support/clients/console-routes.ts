import { linkTo, MORE_PAGES, type Page, PAGES, type PageRoute } from '#dashboards/console/routes.ts';

/** A page about one thing, such as a station. */
type DetailPage = Exclude<PageRoute['page'], Page>;

/** For each page about one thing, the thing: a new page of this kind does not compile until it has one. */
export type Examples = Readonly<Record<DetailPage, string>>;

export interface ConsolePath {
  readonly page: PageRoute['page'];
  /** `/#/alerts` */
  readonly path: string;
}

/** Every page that the router knows. */
export const everyPage = (examples: Examples): readonly ConsolePath[] => {
  const details: Readonly<Record<DetailPage, PageRoute>> = {
    station: { page: 'station', station: examples.station },
    device: { page: 'device', device: examples.device },
    invitation: { page: 'invitation', code: examples.invitation },
  };
  const routes = [...[...PAGES, ...MORE_PAGES].map((page): PageRoute => ({ page })), ...Object.values(details)];
  return routes.map((route) => ({ page: route.page, path: `/${linkTo(route)}` }));
};
