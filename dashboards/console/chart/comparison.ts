/** A property of another station that is drawn in the same chart. */
export interface Comparison {
  readonly station: string;
  readonly property: string;
}

/** Lines that can be told apart by their colours. */
export const MOST_COMPARED = 4;

/** `PBG-R01/stage,PBG-C01/rainfall`, as the address holds them. */
export const readComparisons = (text: string): readonly Comparison[] =>
  text
    .split(',')
    .flatMap((each) => {
      const [station = '', property = ''] = each.split('/');
      return station === '' || property === '' ? [] : [{ station, property }];
    })
    .slice(0, MOST_COMPARED);

export const writeComparison = ({ station, property }: Comparison): string => `${station}/${property}`;
