import { formatNumber } from '#dashboards/console/text/format.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';

interface Amount {
  readonly name: string;
  readonly count: number;
}

interface FlowPart extends Amount {
  readonly tone: 'good' | 'suspect' | 'unknown' | 'waiting';
  readonly note?: Amount;
}

interface FlowProps {
  readonly title: string;
  readonly equation: string;
  readonly source: Amount;
  readonly parts: readonly FlowPart[];
}

const WIDTH = 460;
const ROW = 62;
/** The bar on either side, and where the right one stands. */
const BAR = 12;
const LEFT = 132;
const RIGHT = 270;
/** The thinnest band that is still seen. */
const THIN = 2;

interface PlacedPart extends FlowPart {
  readonly top: number;
  readonly from: number;
  readonly height: number;
}

/** A diagram of an amount and its parts: bands of proportional width, with their numbers. */
export const Flow = ({ title, equation, source, parts }: FlowProps) => {
  const texts = useTexts();
  const write = (count: number): string => formatNumber(texts.locale, count);
  const height = parts.length * ROW;
  const placed = place(parts, source.count, height);
  const written = parts.map(({ name, count }) => `${name} ${write(count)}`).join(', ');
  const middle = height / 2;
  return (
    <figure class="card flow">
      <figcaption>
        <h2>{title}</h2>
        <p class="about">{equation}</p>
      </figcaption>
      <svg
        viewBox={`0 0 ${WIDTH} ${height}`}
        role="img"
        aria-label={texts.pipeline.flow(`${source.name} ${write(source.count)}`, written)}
      >
        <text class="amount" x={LEFT - 12} y={middle} text-anchor="end" data-count={source.name}>
          {write(source.count)}
        </text>
        <text class="name" x={LEFT - 12} y={middle + 18} text-anchor="end">
          {source.name}
        </text>
        <rect class="bar" x={LEFT} y={placed[0]?.from ?? 0} width={BAR} height={sumOf(placed)} rx="3" />
        {placed.map((part) => (
          <g key={part.name} class={part.count === 0 ? 'band empty' : `band ${part.tone}`}>
            <path d={bandPath(part)} />
            <rect x={RIGHT} y={part.top} width={BAR} height={part.height} rx="3" />
            <text class="amount" x={RIGHT + BAR + 10} y={part.top + part.height / 2 + 1} data-count={part.name}>
              {write(part.count)}
            </text>
            <text class="name" x={RIGHT + BAR + 10} y={part.top + part.height / 2 + 18}>
              {part.name}
              {part.note !== undefined && part.note.count > 0 && ` (${part.note.name} ${write(part.note.count)})`}
            </text>
          </g>
        ))}
      </svg>
    </figure>
  );
};

const sumOf = (placed: readonly PlacedPart[]): number => placed.reduce((sum, { height }) => sum + height, 0);

/** Bands as high as their share of one row and a half; the left ends touch, the right ends have a row each. */
const place = (parts: readonly FlowPart[], total: number, height: number): readonly PlacedPart[] => {
  const room = ROW - 16;
  const heights = parts.map(({ count }) => Math.max(THIN, total === 0 ? 0 : (count / total) * room));
  let from = (height - heights.reduce((sum, each) => sum + each, 0)) / 2;
  return parts.map((part, i) => {
    const own = heights[i] ?? THIN;
    const placed = { ...part, height: own, from, top: i * ROW + (ROW - own) / 2 };
    from += own;
    return placed;
  });
};

const bandPath = ({ from, top, height }: PlacedPart): string => {
  const [left, right] = [LEFT + BAR, RIGHT];
  const bend = (left + right) / 2;
  return `M${left} ${from}C${bend} ${from} ${bend} ${top} ${right} ${top}V${top + height}C${bend} ${top + height} ${bend} ${from + height} ${left} ${from + height}Z`;
};
