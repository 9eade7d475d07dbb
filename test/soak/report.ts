import type { SoakFault } from './fault.ts';
import type { StoreName } from './store-under-test.ts';
import { type DevicesResult, isSound as isDevicesSound } from './devices/soak-devices.ts';
import { isSound, type SoakResult } from './soak.ts';

const count = (value: number): string => Math.round(value).toLocaleString('en');

const balance = ({ lost }: SoakResult): string => (lost === 0 ? 'balanced' : `short by ${count(lost)}, as told`);

const soundness = ({ lost }: SoakResult): string =>
  `nothing ${lost === 0 ? 'acknowledged' : 'else'} is missing or twice`;

/** The result of a run as lines for a terminal. */
export const writeResult = (
  { name }: SoakFault,
  { store, seed }: { readonly store: StoreName; readonly seed: number },
  result: SoakResult,
): string => {
  const { difference, findings } = result;
  const lines: readonly (readonly [string, string])[] = [
    ['rounds', count(result.rounds)],
    ['messages acknowledged', count(result.acknowledged)],
    ['readings compared', count(result.rows)],
    ['sent twice, corrected', `${count(result.duplicates)}, ${count(result.revised)} readings`],
    ['missing', count(difference.missing)],
    ['twice', count(difference.twice)],
    ['wrong value', count(difference.wrong)],
    ['never sent', count(difference.neverSent)],
    ['quarantine differs', count(result.quarantine)],
    ...(result.lost === 0 ? [] : [['destroyed, each named', `${count(result.lost)} messages`] as const]),
    [
      'ledger',
      `${result.balanced ? balance(result) : 'NOT BALANCED'}, ${result.verified ? 'verified' : 'NOT VERIFIED'}`,
    ],
    ['peak memory', `${count(result.peakMegabytes)} MB (RssAnon of broker and ingest)`],
    ['took', `${count(result.seconds)} s`],
  ];
  return writeLines(
    `${name} over ${store}, seed ${seed}: ${isSound(result) ? soundness(result) : 'NOT SOUND'}`,
    lines,
    findings,
  );
};

const writeLines = (
  title: string,
  lines: readonly (readonly [string, string])[],
  findings: readonly string[],
): string =>
  [
    title,
    ...lines.map(([label, value]) => `  ${label.padEnd(22)} ${value}`),
    ...findings.map((finding) => `  ! ${finding}`),
  ].join('\n');

/** The result of the run of devices as lines for a terminal. */
export const writeDevices = (
  { store, seed }: { readonly store: StoreName; readonly seed: number },
  result: DevicesResult,
): string => {
  const { difference } = result;
  const lines: readonly (readonly [string, string])[] = [
    ['rounds, kills', `${count(result.rounds)}, ${count(result.kills)}`],
    ['messages', count(result.messages)],
    ['readings sent', count(result.sent)],
    ['refused by name', `${count(result.refused)}, of which ${count(result.mended)} were stored by a replay`],
    ['arrived again', `${count(result.duplicates)} readings`],
    ['lost', count(difference.lost)],
    ['merged', count(difference.merged)],
    ['twice', count(difference.twice)],
    ['misdated', count(difference.misdated)],
    ['never sent', count(difference.neverSent)],
    ['quarantine differs', count(result.quarantine)],
    ['ledger', `${result.balanced ? 'balanced' : 'NOT BALANCED'}, ${result.verified ? 'verified' : 'NOT VERIFIED'}`],
    ['took', `${count(result.seconds)} s`],
  ];
  const verdict = isDevicesSound(result) ? 'every reading is stored once, at its time' : 'NOT SOUND';
  return writeLines(`devices over ${store}, seed ${seed}: ${verdict}`, lines, result.findings);
};
