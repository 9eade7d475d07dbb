import type { IspuCategoryId } from '#science/air/ispu-categories.ts';
import type { AirIndex } from './air-index.ts';
import type { Family, Hazard, Text } from '#model/readings/family.ts';
import type { Assurance, HazardState, UnknownReason } from '#model/registry/state.ts';
import type { Station } from '#model/registry/station.ts';
import { crossedBy, levelsAt } from './levels.ts';
import type { SeenValue } from './shown-value.ts';

/** Properties that a device measures, in the order of its family. */
export interface Measured {
  readonly device: string;
  readonly values: readonly SeenValue[];
  /** Of a device in air; undefined without complete means. */
  readonly airIndex?: AirIndex | undefined;
}

/** The known state of a hazard and the value it follows from; undefined where there is none. */
export interface Finding {
  readonly hazard: HazardState;
  readonly by: SeenValue | undefined;
}

/** A hazard with its assurance and the value that decides it. */
export interface HazardFinding extends Finding {
  readonly assurance: Assurance;
}

const NORMAL: Text = { id: 'Normal', en: 'Normal' };

/** In the order in which one of several is told. */
const UNKNOWN: Readonly<Record<UnknownReason, Text>> = {
  'no-valid-value': { id: 'Tidak ada nilai valid', en: 'No valid value' },
  'no-level': { id: 'Batas belum ditetapkan', en: 'No levels set' },
  'no-value': { id: 'Belum ada nilai', en: 'No values yet' },
  'no-device': { id: 'Belum ada perangkat', en: 'No device yet' },
  'no-category': { id: 'Tanpa kategori', en: 'No category' },
};
const REASONS = Object.keys(UNKNOWN);

const unknown = (reason: UnknownReason, name: string | null, device: string | null, by?: SeenValue): Finding => ({
  hazard: { name, level: 'unknown', rank: null, word: { ...UNKNOWN[reason] }, reason, device },
  by,
});

const seenOf = ({ values }: Measured, property: string): SeenValue | undefined =>
  values.find(({ shown }) => shown.property === property);

/** Ranks of the categories of ISPU (P.14/2020). "Baik" and "Sedang" call for nothing. */
const ISPU_RANK: Readonly<Record<IspuCategoryId, 0 | 1 | 2 | 3>> = {
  good: 0,
  moderate: 0,
  unhealthy: 1,
  'very-unhealthy': 2,
  hazardous: 3,
};

/** The category of an index. The sensors are not certified for it, so it is indicative. */
const byIndex = ({ category }: AirIndex, name: string, device: string, by: SeenValue | undefined): Finding => {
  const word = { id: `${category.words.id} (indikatif)`, en: `${category.words.en} (indicative)` };
  return { hazard: { name, level: category.id, rank: ISPU_RANK[category.id], word, reason: null, device }, by };
};

/** State of one hazard by one device; undefined where the device does not measure it. */
const find = (measured: Measured, hazard: Hazard, family: Family, station: Station): Finding | undefined => {
  const { device, airIndex } = measured;
  const by = seenOf(measured, hazard.property);
  if (airIndex !== undefined && hazard.levels.length === 0) return byIndex(airIndex, hazard.name, device, by);
  if (hazard.levels.length === 0) {
    return measured.values.length === 0 ? undefined : unknown('no-category', hazard.name, device, by);
  }
  if (by === undefined) return undefined;
  if (by.evidence === undefined) return unknown('no-valid-value', hazard.name, device, by);
  const levels = levelsAt(hazard, family, station);
  if (levels.length === 0) return unknown('no-level', hazard.name, device, by);
  const {
    name: level,
    rank,
    word,
  } = crossedBy(by.evidence, levels) ?? { name: 'normal', rank: 0 as const, word: NORMAL };
  return { hazard: { name: hazard.name, level, rank, word: { ...word }, reason: null, device }, by };
};

const isFresh = (seen: SeenValue | undefined): boolean => seen !== undefined && seen.shown.assurance !== 'stale';
const isShown = (seen: SeenValue | undefined): boolean => seen !== undefined && seen.shown.value !== null;

/** Which of two values speaks for several devices: one that is fresh, then one that is shown, then the higher one. */
export const byEvidence = (a: SeenValue | undefined, b: SeenValue | undefined): number =>
  Number(isFresh(b)) - Number(isFresh(a)) ||
  Number(isShown(b)) - Number(isShown(a)) ||
  (b?.evidence ?? Number.NEGATIVE_INFINITY) - (a?.evidence ?? Number.NEGATIVE_INFINITY);

const byReason = (a: Finding, b: Finding): number =>
  REASONS.indexOf(a.hazard.reason ?? '') - REASONS.indexOf(b.hazard.reason ?? '');

/** Several devices that watch the same: the worst of those that know, and one that knows counts before one that does not. */
const worstOfSame = (a: Finding, b: Finding): number =>
  (b.hazard.rank ?? -1) - (a.hazard.rank ?? -1) || byReason(a, b) || byEvidence(a.by, b.by);

/** An unknown state may be any, so it stands between normal and not normal. */
const gravity = ({ hazard: { rank } }: Finding): number => rank ?? 0.5;

const worstOfDifferent = (a: Finding, b: Finding): number =>
  gravity(b) - gravity(a) || byReason(a, b) || byEvidence(a.by, b.by);

/** Of every hazard what devices that watch the same thing say together. */
const findTogether = (devices: readonly Measured[], family: Family, station: Station): readonly Finding[] => {
  const hazards: readonly Hazard[] = family.hazards ?? [{ name: family.name, property: family.headline, levels: [] }];
  const found = hazards.flatMap((hazard) =>
    devices
      .flatMap((device) => find(device, hazard, family, station) ?? [])
      .toSorted(worstOfSame)
      .slice(0, 1),
  );
  return found.length > 0 ? found : [unknown('no-value', null, devices[0]?.device ?? null)];
};

const ASSURANCE_ORDER: readonly Assurance[] = ['valid', 'doubtful', 'stale', 'unknown'];

/** Calm has to be shown by all; a level that was crossed by the one that crossed it. */
const assuranceOf = (worst: Finding, all: readonly Finding[]): Assurance => {
  const deciding = worst.hazard.rank === 0 ? all : [worst];
  const found = deciding.map(({ by }) => by?.shown.assurance ?? 'unknown');
  return ASSURANCE_ORDER.findLast((assurance) => found.includes(assurance)) ?? 'unknown';
};

/**
 * The hazard that devices of a station tell of: the worst of what they measure. Where each watches a thing of its own, what
 * one does not know keeps the whole from being called normal.
 */
export const hazardOf = (devices: readonly Measured[], family: Family, station: Station): HazardFinding => {
  const groups = family.isOfDevice === true ? devices.map((device) => [device]) : [devices];
  const findings = groups.flatMap((group) => findTogether(group, family, station));
  const worst = devices.length === 0 ? undefined : findings.toSorted(worstOfDifferent)[0];
  if (worst === undefined) return { ...unknown('no-device', null, null), assurance: 'unknown' };
  return { ...worst, assurance: assuranceOf(worst, findings) };
};
