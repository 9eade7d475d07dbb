import {
  DashboardBuilder,
  DashboardCursorSync,
  type Dashboard,
  type DashboardLink,
  DashboardLinkType,
  type VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { Text } from '#model/readings/family.ts';
import { WIB } from '#model/base/instant.ts';
import { arrange, type GridRow } from './grid.ts';
import { type BoardLanguage, LANGUAGES, type Say, sayIn } from './language.ts';

/** A board of Grafana, in both languages. */
export interface Board {
  /** Also the name of its file. */
  readonly name: string;
  readonly title: Text;
  readonly description: Text;
  /** Variables that the viewer selects. */
  readonly variables: (say: Say) => readonly VariableModel[];
  readonly rows: (say: Say) => readonly GridRow[];
  /** Time range when it is opened: `24h`, `7d`. */
  readonly range: string;
}

/** Fixed, so that links and bookmarks outlive a new installation. */
const uidOf = (board: string, language: BoardLanguage): string => `klawing-${board}-${language}`;

/** A tag that the boards of one language share: their links find each other by it. */
const tagOf = (language: BoardLanguage): string => `klawing-${language}`;

const LANGUAGE_NAME: Readonly<Record<BoardLanguage, string>> = { id: 'Bahasa Indonesia', en: 'English' };

const link = (given: Pick<DashboardLink, 'title' | 'type'> & Partial<DashboardLink>): DashboardLink => ({
  icon: 'external link',
  tooltip: '',
  tags: [],
  asDropdown: false,
  targetBlank: false,
  includeVars: false,
  keepTime: true,
  ...given,
});

const linksOf = (board: Board, language: BoardLanguage): readonly DashboardLink[] => [
  link({ title: 'Klawing', type: DashboardLinkType.Dashboards, tags: [tagOf(language)] }),
  ...LANGUAGES.filter((other) => other !== language).map((other) =>
    link({
      title: LANGUAGE_NAME[other],
      type: DashboardLinkType.Link,
      url: `/d/${uidOf(board.name, other)}`,
      includeVars: true,
    }),
  ),
];

/** A board as Grafana's classic JSON, in the schema version of the SDK. */
export const buildBoard = (board: Board, language: BoardLanguage): Dashboard => {
  const say = sayIn(language);
  const dashboard = new DashboardBuilder(`Klawing – ${say(board.title)}`)
    .uid(uidOf(board.name, language))
    .description(say(board.description))
    .tags(['klawing', tagOf(language)])
    .timezone(WIB)
    .weekStart('monday')
    .readonly()
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: `now-${board.range}`, to: 'now' })
    .refresh('1m')
    .variables(board.variables(say).map((model) => ({ build: () => model })))
    .links(linksOf(board, language).map((model) => ({ build: () => model })))
    .build();
  return { ...dashboard, panels: arrange(board.rows(say)) };
};
