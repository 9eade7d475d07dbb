/** Wind at one time: the direction that it comes from in degrees, and its speed in m/s. */
export interface Wind {
  readonly direction: number;
  readonly speed: number;
}

export interface MeanWind {
  /** Degrees in [0, 360); undefined when the directions cancel each other out. */
  readonly direction: number | undefined;
  /** Speed of the mean vector, m/s. */
  readonly speed: number;
  /** Number of samples without wind. A calm has no direction. */
  readonly calms: number;
}

const RADIANS = Math.PI / 180;
/** Below this length, the sum of unit vectors is the error of binary floats. */
const NOTHING = 1e-9;

const directionOf = (north: number, east: number): number | undefined =>
  Math.hypot(north, east) < NOTHING ? undefined : (Math.atan2(east, north) / RADIANS + 360) % 360;

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** Mean of directions as unit vectors, in degrees; undefined when they cancel each other out. */
export const meanDirection = (directions: readonly number[]): number | undefined =>
  directionOf(
    sumOf(directions.map((degrees) => Math.cos(degrees * RADIANS))) / directions.length,
    sumOf(directions.map((degrees) => Math.sin(degrees * RADIANS))) / directions.length,
  );

/** Vector mean of the wind, in which each direction has its speed as weight. Calms count in the speed only. */
export const meanWind = (samples: readonly Wind[]): MeanWind => {
  const moving = samples.filter(({ speed }) => speed > 0);
  const mean = (part: (angle: number) => number): number =>
    sumOf(moving.map(({ direction, speed }) => speed * part(direction * RADIANS))) / samples.length;
  const [north, east] = [mean(Math.cos), mean(Math.sin)];
  return {
    direction: directionOf(north, east),
    speed: Math.hypot(north, east),
    calms: samples.length - moving.length,
  };
};
