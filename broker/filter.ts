/** Are its wildcards where they may be (MQTT 3.1.1 section 4.7.1)? */
export const isFilter = (filter: string): boolean => {
  const levels = filter.split('/');
  return levels.every((level, index) => {
    if (level === '#') return index === levels.length - 1;
    return level === '+' || !/[#+]/.test(level);
  });
};

/** Does a filter match a topic (MQTT 3.1.1 section 4.7)? */
export const matchesTopic = (filter: string, topic: string): boolean => {
  if (filter === topic) return true;
  const wanted = filter.split('/');
  // [MQTT-4.7.2-1]
  if (topic.startsWith('$') && (wanted[0] === '#' || wanted[0] === '+')) return false;
  const levels = topic.split('/');
  for (const [i, level] of wanted.entries()) {
    if (level === '#') return true;
    if (i >= levels.length || (level !== '+' && level !== levels[i])) return false;
  }
  return wanted.length === levels.length;
};
