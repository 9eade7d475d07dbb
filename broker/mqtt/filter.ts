/** True when the wildcards of a filter are at permitted places (MQTT 3.1.1 section 4.7.1). */
export const isFilter = (filter: string): boolean => {
  const levels = filter.split('/');
  return levels.every((level, index) => {
    if (level === '#') return index === levels.length - 1;
    return level === '+' || !/[#+]/.test(level);
  });
};

/** True when a filter matches a topic, both split into levels (MQTT 3.1.1 section 4.7). */
export const matchesLevels = (filter: readonly string[], topic: readonly string[]): boolean => {
  // [MQTT-4.7.2-1]
  if (topic[0]?.startsWith('$') === true && (filter[0] === '#' || filter[0] === '+')) return false;
  for (const [i, level] of filter.entries()) {
    if (level === '#') return true;
    if (i >= topic.length || (level !== '+' && level !== topic[i])) return false;
  }
  return filter.length === topic.length;
};

/** True when a filter matches a topic. */
export const matchesTopic = (filter: string, topic: string): boolean =>
  filter === topic || matchesLevels(filter.split('/'), topic.split('/'));
