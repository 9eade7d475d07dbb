/** A place in degrees, WGS 84. */
export interface Place {
  readonly latitude: number;
  readonly longitude: number;
}

const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** Angle between two places seen from the centre of a sphere, in radians (haversine); NaN when a coordinate is missing. */
export const centralAngle = (a: Place, b: Place): number => {
  const [phiA, phiB] = [radians(a.latitude), radians(b.latitude)];
  const half =
    Math.sin((phiB - phiA) / 2) ** 2 +
    Math.cos(phiA) * Math.cos(phiB) * Math.sin(radians(b.longitude - a.longitude) / 2) ** 2;
  return 2 * Math.asin(Math.min(Math.sqrt(half), 1));
};
