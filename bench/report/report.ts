import { type Figure, type RowResult, isMet } from './figure.ts';
import { type Machine, isInMemory } from './machine.ts';
import { table } from '#cli/output/table.ts';

const digitsOf = (value: number): number => {
  if (Math.abs(value) >= 100) return 0;
  return Math.abs(value) >= 10 ? 1 : 2;
};

const write = (value: number): string => {
  const digits = digitsOf(value);
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
};

const targetOf = ({ atLeast, atMost }: Figure): string => {
  if (atLeast !== undefined) return `≥ ${write(atLeast)}`;
  return atMost === undefined ? '' : `≤ ${write(atMost)}`;
};

const statusOf = (figure: Figure): string => {
  const met = isMet(figure);
  if (met === undefined) return '';
  return met ? 'met' : 'MISSED';
};

const spreadOf = ({ spread }: Figure): string =>
  spread === undefined ? '' : `${write(spread[0])} – ${write(spread[1])}`;

/** The machine in a few lines. */
export const writeMachine = (machine: Machine): string => {
  const { cores, cpu, memoryGb, node, disk, syncMs, loadBefore } = machine;
  const warning = isInMemory(machine)
    ? '\nThe folder is in memory: the figures below are not durable. Choose another folder.'
    : '';
  return (
    `Machine  ${cores} × ${cpu}, ${write(memoryGb)} GB, Node ${node}\n` +
    `Disk     ${disk}, append and fdatasync of 4 KiB in ${write(syncMs)} ms\n` +
    `Before   load average ${loadBefore.toFixed(2)}${warning}`
  );
};

/** A row as a table, with its setting above and its notes below. */
export const writeRow = ({ row, setting, figures, notes }: RowResult): string => {
  const cells = figures.map((figure) => [
    figure.name,
    write(figure.value).padStart(9),
    figure.unit,
    spreadOf(figure),
    targetOf(figure),
    statusOf(figure),
  ]);
  const body = table(['figure', ' measured', 'unit', 'spread', 'target', ''], cells);
  return [`${row}: ${setting}`, '', body, ...notes.map((note) => `  ${note}`)].join('\n');
};

/** The report as JSON. */
export const asData = (machine: Machine, rows: readonly RowResult[]): string =>
  JSON.stringify(
    {
      machine,
      rows: rows.map((row) => ({ ...row, figures: row.figures.map((of) => ({ ...of, met: isMet(of) })) })),
    },
    undefined,
    2,
  );
