import { buildBoard } from './board.ts';
import { BOARDS } from './boards/index.ts';
import { LANGUAGES } from './language.ts';

/** Every board in every language as the text of its file: `en/air.json`. */
export const renderBoards = (): ReadonlyMap<string, string> =>
  new Map(
    LANGUAGES.flatMap((language) =>
      BOARDS.map((board): [string, string] => [
        `${language}/${board.name}.json`,
        `${JSON.stringify(buildBoard(board, language), null, 2)}\n`,
      ]),
    ),
  );
