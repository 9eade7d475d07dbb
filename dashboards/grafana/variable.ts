import {
  QueryVariableBuilder,
  type VariableModel,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DATA_SOURCE } from './data-source.ts';
import { identifier, literal } from './influxql.ts';
import type { Say } from './language.ts';

/** The stations of a family to pick from, all of them at first. */
export const stationVariable = (family: string, say: Say): VariableModel =>
  new QueryVariableBuilder('station')
    .label(say({ id: 'Stasiun', en: 'Station' }))
    .description(say({ id: 'Stasiun yang ditampilkan', en: 'Which stations are shown' }))
    .datasource(DATA_SOURCE)
    .query(
      `SHOW TAG VALUES FROM ${identifier('station')} WITH KEY = ${identifier('station')} WHERE ${identifier('family')} = ${literal(family)}`,
    )
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.NaturalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ selected: true, text: 'All', value: '$__all' })
    .build();
