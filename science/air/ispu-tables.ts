/** In the order in which a tie between pollutants is broken. */
export const ISPU_POLLUTANTS = ['PM2.5', 'PM10', 'O3', 'NO2', 'SO2', 'CO', 'HC'] as const;
export type IspuPollutant = (typeof ISPU_POLLUTANTS)[number];

/** Upper ends of the bands of the index. 500 for the last row is the convention of implementers: the rule prints ">300". */
export const ISPU_EDGES = [50, 100, 200, 300, 500] as const;

/** One version of the breakpoints. It is data: a new version is a new table, and old results keep the id of theirs. */
export interface IspuTable {
  /** Stands beside every index that was computed from the table. */
  readonly id: string;
  /** First day or month on which the table was in use (ISO 8601). */
  readonly validFrom: string;
  readonly source: string;
  /** `inferred`: fitted to published figures, no regulation prescribes it. */
  readonly status: 'regulation' | 'inferred';
  /** Length of the mean that goes in, hours. */
  readonly averagingHours: number;
  /**
   * Upper concentration of each band of `ISPU_EDGES`, µg/m³ at 25 °C and 1 atm. A shorter list has no figure for the
   * last bands; a pollutant that is absent has none at all.
   */
  readonly edges: Readonly<Partial<Record<IspuPollutant, readonly number[]>>>;
}

/** The published rule, and the default. */
export const ISPU_P14_2020: IspuTable = {
  id: 'ispu-p14-2020',
  validFrom: '2020-07',
  source: 'P.14/MENLHK/SETJEN/KUM.1/7/2020, annex',
  status: 'regulation',
  averagingHours: 24,
  edges: {
    'PM2.5': [15.5, 55.4, 150.4, 250.4, 500],
    PM10: [50, 150, 350, 420, 500],
    SO2: [52, 180, 400, 800, 1_200],
    CO: [4_000, 8_000, 15_000, 30_000, 45_000],
    O3: [120, 235, 400, 800, 1_000],
    NO2: [80, 200, 1_130, 2_260, 3_000],
    HC: [45, 100, 215, 432, 648],
  },
};

/**
 * The tables of the public feed of the ministry, fitted to 15,530 pairs of concentration and sub-index of
 * 2 to 8 August 2026. The feed gives no concentration of gases, so their breakpoints are unknown; of PM2.5 above
 * index 300 nothing was seen.
 */
export const KLH_FEED_2026: IspuTable = {
  id: 'klh-feed-2026-inferred',
  validFrom: '2026-08-02',
  source: 'fitted to a public log of ispu.kemenlh.go.id; no regulation with these figures was found',
  status: 'inferred',
  averagingHours: 24,
  edges: {
    'PM2.5': [15, 55, 149, 248],
    PM10: [21, 75, 175, 210, 250],
  },
};

export const ISPU_TABLES: readonly IspuTable[] = [ISPU_P14_2020, KLH_FEED_2026];

export const ispuTable = (id: string): IspuTable | undefined => ISPU_TABLES.find((table) => table.id === id);
