export interface Box {
  readonly id: string;
  /** Its own position, in pixels. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface PlacedLabel {
  readonly id: string;
  readonly x: number;
  readonly y: number;
}

interface Area {
  readonly width: number;
  readonly height: number;
}

const ROUNDS = 80;
const GAP = 4;

/**
 * Moves boxes apart until none covers another, each as little as it takes, and keeps them within the area. Centres in,
 * centres out; the same boxes always end up in the same places.
 */
export const spread = (boxes: readonly Box[], area: Area): readonly PlacedLabel[] => {
  const places = boxes.map(({ x, y }, i) => ({ x: x + (i % 3) * 0.5, y: y + i * 0.25 }));
  for (let round = 0; round < ROUNDS; round += 1) {
    let isMoved = false;
    for (let i = 0; i < boxes.length; i += 1) {
      for (let j = i + 1; j < boxes.length; j += 1) isMoved = part(boxes, places, i, j) || isMoved;
    }
    boxes.forEach((box, i) => keepInside(box, places[i], area));
    if (!isMoved) break;
  }
  return boxes.map(({ id }, i) => ({ id, x: places[i]?.x ?? 0, y: places[i]?.y ?? 0 }));
};

interface MapPlace {
  x: number;
  y: number;
}

/** Pushes two boxes apart along the shorter way. */
const part = (boxes: readonly Box[], places: readonly MapPlace[], i: number, j: number): boolean => {
  const [a, b, at, to] = [boxes[i], boxes[j], places[i], places[j]];
  if (a === undefined || b === undefined || at === undefined || to === undefined) return false;
  const overlapX = (a.width + b.width) / 2 + GAP - Math.abs(to.x - at.x);
  const overlapY = (a.height + b.height) / 2 + GAP - Math.abs(to.y - at.y);
  if (overlapX <= 0 || overlapY <= 0) return false;
  if (overlapY <= overlapX) {
    const push = (to.y >= at.y ? overlapY : -overlapY) / 2;
    at.y -= push;
    to.y += push;
  } else {
    const push = (to.x >= at.x ? overlapX : -overlapX) / 2;
    at.x -= push;
    to.x += push;
  }
  return true;
};

const keepInside = (box: Box, place: MapPlace | undefined, { width, height }: Area): void => {
  if (place === undefined) return;
  place.x = Math.min(Math.max(place.x, box.width / 2 + 2), width - box.width / 2 - 2);
  place.y = Math.min(Math.max(place.y, box.height / 2 + 2), height - box.height / 2 - 2);
};
