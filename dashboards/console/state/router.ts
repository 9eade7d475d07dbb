import { linkTo, parseAddress, type PageAddress } from '#dashboards/console/routes.ts';
import { after, seconds } from '#dashboards/console/time/clock.ts';
import { makeStore, useStore } from './store.ts';

/** The address of the page that is shown. */
export const address = makeStore<PageAddress>(parseAddress(location.hash));

/** Scroll positions of the entries of the history, by their keys. */
const positions = new Map<string, number>();
let current = '';

const keyOf = (state: unknown): string | undefined =>
  typeof state === 'object' && state !== null && 'key' in state && typeof state.key === 'string'
    ? state.key
    : undefined;

/** Time within which a page has to become as high as it was, for its scroll position to be restored. */
const RESTORE = seconds(5);
let stopRestoring = (): void => undefined;

/** Scrolls to where the page was left, as soon as it is high enough; a person who scrolls meanwhile ends that. */
const restore = (top: number): void => {
  const tryOnce = (): void => {
    if (document.documentElement.scrollHeight - innerHeight < top) return;
    scrollTo(0, top);
    stopRestoring();
  };
  const observer = new ResizeObserver(tryOnce);
  const stopTimer = after(RESTORE, () => stopRestoring());
  stopRestoring = (): void => {
    observer.disconnect();
    stopTimer();
    for (const kind of PERSONAL) removeEventListener(kind, stopRestoring);
    stopRestoring = (): void => undefined;
  };
  for (const kind of PERSONAL) addEventListener(kind, stopRestoring);
  observer.observe(document.body);
};

const PERSONAL = ['wheel', 'touchstart', 'keydown'] as const;

const pathOf = ({ route }: PageAddress): string => linkTo(route);

/** A page that is opened begins at its top with the focus on its content; one that is returned to is as it was left. */
const read = ({ state }: PopStateEvent): void => {
  const key = keyOf(state);
  const before = address.get();
  const next = parseAddress(location.hash);
  stopRestoring();
  current = key ?? crypto.randomUUID();
  if (key === undefined) history.replaceState({ key: current }, '');
  address.set(next);
  if (key !== undefined) restore(positions.get(key) ?? 0);
  else if (pathOf(before) !== pathOf(next)) scrollTo(0, 0);
  if (pathOf(before) !== pathOf(next)) document.querySelector<HTMLElement>('#main')?.focus({ preventScroll: true });
};

/** Follows the address until it is stopped. */
export const startRouter = (): (() => void) => {
  const keep = (): void => void positions.set(current, scrollY);
  history.scrollRestoration = 'manual';
  current = keyOf(history.state) ?? crypto.randomUUID();
  history.replaceState({ key: current }, '');
  addEventListener('popstate', read);
  addEventListener('scroll', keep, { passive: true });
  return () => {
    removeEventListener('popstate', read);
    removeEventListener('scroll', keep);
  };
};

/** Changes the query of the page that is shown, without a new entry in the history; undefined removes a name. */
export const setQuery = (change: Readonly<Record<string, string | undefined>>): void => {
  const { route, query } = address.get();
  const next: Record<string, string> = {};
  for (const [name, text] of Object.entries({ ...query, ...change })) if (text !== undefined) next[name] = text;
  history.replaceState(history.state, '', linkTo(route, next));
  address.set({ route, query: next });
};

/** A text of the query, and how it is changed; an empty one is left out of the address. */
export const useQueryText = (name: string): readonly [string, (next: string) => void] => {
  const { query } = useStore(address);
  return [query[name] ?? '', (next) => setQuery({ [name]: next === '' ? undefined : next })];
};

/** One of some texts in the query; the first of them is left out of the address. */
export const useQueryChoice = <T extends string>(
  name: string,
  choices: readonly [T, ...T[]],
): readonly [T, (next: T) => void] => {
  const [text, setText] = useQueryText(name);
  return [choices.find((each) => each === text) ?? choices[0], (next) => setText(next === choices[0] ? '' : next)];
};
