import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { CsvButton } from '#dashboards/console/components/common/csv-button.tsx';
import { Failure } from '#dashboards/console/components/common/failure.tsx';
import type { Catalogue } from '#dashboards/console/text/catalogue-id.ts';
import { formatSpan, formatValue } from '#dashboards/console/text/format.ts';
import { useLanguage, useTexts } from '#dashboards/console/text/texts.ts';
import { hours, now, writeTime } from '#dashboards/console/time/clock.ts';
import type { ChartPart } from './compare.ts';
import type { Comparison } from './comparison.ts';
import { ComparePicker } from './compare-picker.tsx';
import type { ChartLine, ChartSeries, Wanted } from './load.ts';
import { dataOf, optionsOf } from './options.ts';
import type { TimeRange } from './plan.ts';
import type { ChartStyle } from './style.ts';
import { useSeries } from './use-series.ts';

const HEIGHT = 220;

interface SeriesChartProps extends Wanted {
  /** Called with the range that is marked by a drag. */
  readonly onZoom: (stretch: TimeRange) => void;
  /** Properties of other stations in the same chart, and how they are chosen; absent where the chart has none. */
  readonly comparing?: {
    readonly chosen: readonly Comparison[];
    readonly onChange: (chosen: readonly Comparison[]) => void;
  };
}

const NONE: readonly Comparison[] = [];

/** One property over time: lines, levels, flags and its CSV. */
export const SeriesChart = ({ onZoom, comparing, ...wanted }: SeriesChartProps) => {
  const texts = useTexts();
  const language = useLanguage();
  const frame = useRef<HTMLElement>(null);
  const { series, compared, error, again } = useSeries(wanted, comparing?.chosen ?? NONE, frame);
  const title = wanted.property.title[language];
  const heading = `series-${wanted.property.property}`;
  return (
    <section class="card chart" ref={frame} aria-labelledby={heading} data-property={wanted.property.property}>
      <header>
        <h3 id={heading}>
          {title} {wanted.property.unit_text !== '' && <small>{wanted.property.unit_text}</small>}
        </h3>
        <CsvButton path={csvPath(wanted)} name={csvName(wanted)} label={texts.csvOf(title)} />
      </header>
      {error !== undefined && <Failure error={error} again={again} />}
      {comparing !== undefined && <ComparePicker {...{ wanted, ...comparing }} />}
      {series === undefined && error === undefined && <p class="chart-wait">{texts.loading}</p>}
      {series !== undefined && <Drawn {...{ series, compared, wanted, title, onZoom }} />}
    </section>
  );
};

interface DrawnProps extends Pick<PlotProps, 'wanted' | 'title' | 'onZoom'> {
  readonly series: ChartSeries;
  readonly compared: readonly ChartPart[];
}

/** The lines with how they were made; that there is nothing where none of the stations has a value. */
const Drawn = ({ series, compared, ...shown }: DrawnProps) => {
  const texts = useTexts();
  const { wanted } = shown;
  const parts = useMemo(() => [{ wanted, name: '', series }, ...compared], [series, compared]);
  if (parts.every((part) => part.series.lines.length === 0)) return <p class="chart-wait">{texts.chart.empty}</p>;
  return (
    <>
      <Plot parts={parts} {...shown} />
      <p class="about">{aboutOf(series, wanted, texts)}</p>
    </>
  );
};

/** The method of the values, and the number of doubtful windows or values. */
const aboutOf = ({ plan, marks }: ChartSeries, { property }: Wanted, texts: Catalogue): string => {
  const span = plan.kind === 'windows' ? formatSpan(texts.locale, plan.interval) : '';
  const how = property.fn === 'sum' ? texts.chart.sum(span) : texts.chart.mean(span);
  const suspect = marks.filter(({ flag }) => flag === 3).length;
  const doubts = marks.length === 0 ? '' : ` · ${texts.chart.flagged(suspect, marks.length - suspect)}`;
  return `${plan.kind === 'raw' ? texts.chart.raw : how}${doubts}`;
};

interface PlotProps {
  /** That of the station itself, and those of others. */
  readonly parts: readonly ChartPart[];
  readonly wanted: Wanted;
  readonly title: string;
  readonly onZoom: SeriesChartProps['onZoom'];
}

const Plot = ({ parts, wanted, title, onZoom }: PlotProps) => {
  const texts = useTexts();
  const language = useLanguage();
  const frame = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const isDark = useDark();
  const stretch = parts[0]?.series.stretch ?? wanted.stretch;
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    if (frame.current !== null) observer.observe(frame.current);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    if (frame.current === null || width === 0) return undefined;
    const style = getComputedStyle(frame.current);
    const look: ChartStyle = {
      locale: texts.locale,
      property: wanted.property,
      title: (level) => level.title[language],
      stretch,
      zone: wanted.zone,
      now: now(),
      onZoom,
      colour: (name) => style.getPropertyValue(name).trim(),
      width,
      height: HEIGHT,
      words: texts.chart,
    };
    const plot = new uPlot(optionsOf(parts, look), dataOf(parts), frame.current);
    frame.current.dataset['hours'] = String((stretch.to - stretch.from) / hours(1).ms);
    frame.current.dataset['drawn'] = String(parts.flatMap(({ series }) => series.lines).flatMap(valuesOf).length);
    return () => plot.destroy();
  }, [parts, width, language, isDark]);
  const described = parts
    .filter(({ series }) => series.lines.length > 0)
    .map((part) =>
      describe(part, part.name === '' ? title : `${part.name}, ${part.wanted.property.title[language]}`, texts),
    );
  return <div class="plot" ref={frame} role="img" aria-label={described.join('; ')} />;
};

const valuesOf = (line: ChartLine): readonly number[] => line.values.filter((value) => value !== null);

/** The chart for those who do not see it. */
const describe = ({ series, wanted: { property } }: ChartPart, title: string, texts: Catalogue): string => {
  const values = series.lines.flatMap(valuesOf);
  const all = [...values, ...series.bands.flatMap(({ low, high }) => [...valuesOf(low), ...valuesOf(high)])];
  const write = (value: number): string => formatValue(texts.locale, value, property.decimals, property.unit_text);
  const low = all.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = all.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return texts.chart.describe(title, write(low), write(high), write(values.at(-1) ?? low));
};

const useDark = (): boolean => {
  const query = matchMedia('(prefers-color-scheme: dark)');
  const [isDark, set] = useState(query.matches);
  useEffect(() => {
    const read = (): void => set(query.matches);
    query.addEventListener('change', read);
    return () => query.removeEventListener('change', read);
  }, []);
  return isDark;
};

const csvPath = ({ station, property, stretch }: Wanted): string =>
  `/v1/stations/${encodeURIComponent(station)}/readings?${new URLSearchParams({
    property: property.property,
    from: writeTime(stretch.from),
    to: writeTime(stretch.to),
    flags: '1,2,3,4,9',
  })}`;

const csvName = ({ station, property, stretch }: Wanted): string => {
  const day = (at: number): string => writeTime(at).slice(0, 10);
  return `${station}_${property.property}_${day(stretch.from)}_${day(stretch.to)}.csv`;
};
