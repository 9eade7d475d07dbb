/** The levels of a topic below `v1/<device>/`; undefined for a topic that is not below it. */
export const levelsBelow = (device: string, topic: string): readonly string[] | undefined => {
  const prefix = `v1/${device}/`;
  return topic.startsWith(prefix) ? topic.slice(prefix.length).split('/') : undefined;
};

/**
 * What a shape finds in the levels of a topic: the level of the first `+`, empty where it has none. Undefined where the topic
 * is not of this shape.
 */
export const matchShape = (shape: string, levels: readonly string[]): string | undefined => {
  const parts = shape.split('/');
  const isOpen = parts.at(-1) === '#';
  const fixed = isOpen ? parts.slice(0, -1) : parts;
  if (isOpen ? levels.length < fixed.length : levels.length !== fixed.length) return undefined;
  if (!fixed.every((part, at) => part === '+' || part === levels[at])) return undefined;
  const first = fixed.indexOf('+');
  return first === -1 ? '' : levels[first];
};
