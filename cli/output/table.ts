import { onOneLine } from '#model/base/printable.ts';

type Cells = readonly (string | number)[];

const shown = (cells: Cells): Cells => cells.map((cell) => (typeof cell === 'string' ? onOneLine(cell) : cell));

/** Aligned columns; numbers are aligned to the right. Each row stays one line, whatever its cells hold. */
export const table = (head: readonly string[], given: readonly Cells[]): string => {
  const rows = given.map(shown);
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => String(row[i] ?? '').length)));
  const line = (cells: Cells): string =>
    cells
      .map((cell, i) =>
        typeof cell === 'number' ? String(cell).padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return [line(head), line(widths.map((width) => '─'.repeat(width))), ...rows.map(line)].join('\n');
};

/** A progress bar, redrawn in place on a terminal and silent elsewhere. */
export const progressBar = (label: string, isTerminal: boolean): ((done: number, of: number) => void) => {
  const width = 30;
  return (done, of) => {
    if (!isTerminal) return;
    const filled = of === 0 ? width : Math.round((done / of) * width);
    process.stderr.write(`\r${label} [${'█'.repeat(filled)}${'░'.repeat(width - filled)}] ${done}/${of}`);
    if (done >= of) process.stderr.write('\n');
  };
};

/** A progress count without a known end, redrawn in place on a terminal and silent elsewhere. */
export const counter = (label: string, isTerminal: boolean): ((done: number) => void) => {
  return (done) => {
    if (isTerminal) process.stderr.write(`\r${label}: ${done} `);
  };
};

/** A count with its noun: `1 packet`, `2 packets`. */
export const count = (number: number, one: string, many = `${one}s`): string =>
  `${number} ${number === 1 ? one : many}`;
