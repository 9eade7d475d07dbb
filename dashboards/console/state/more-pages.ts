import type { ComponentType } from 'preact';
import type { MORE_PAGES } from '#dashboards/console/routes.ts';
import { makeStore } from './store.ts';

type MorePage = (typeof MORE_PAGES)[number];

/** The pages of persons, each a file of its own: few open them, and the first page is drawn without them. */
const LOADERS: Readonly<Record<MorePage, () => Promise<ComponentType>>> = {
  people: async () => (await import('#dashboards/console/pages/people.tsx')).PeoplePage,
  tokens: async () => (await import('#dashboards/console/pages/tokens.tsx')).TokensPage,
  audit: async () => (await import('#dashboards/console/pages/audit.tsx')).AuditPage,
  account: async () => (await import('#dashboards/console/pages/account.tsx')).AccountPage,
};

type LoadedPages = Readonly<Partial<Record<MorePage, ComponentType>>>;

/** The pages that are there, and the error that kept others away. */
export const morePages = makeStore<{ readonly pages: LoadedPages; readonly error: unknown }>({
  pages: {},
  error: undefined,
});

/** Asks for all of them, so that they are there also when the service is away later. */
export const loadMorePages = async (): Promise<void> => {
  const load = async (name: string, loader: () => Promise<ComponentType>) => [name, await loader()] as const;
  try {
    const loaded = await Promise.all(Object.entries(LOADERS).map(([name, loader]) => load(name, loader)));
    morePages.set({ pages: Object.fromEntries(loaded), error: undefined });
  } catch (error) {
    morePages.set({ ...morePages.get(), error });
  }
};
