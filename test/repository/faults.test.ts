import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { FAULTS } from '#model/base/fault.ts';

const [, ...parts] = readFileSync('docs/faults.md', 'utf8').split(/^### /m);
const sections = new Map(parts.map((part) => [part.split('\n', 1)[0] ?? '', part]));

test('docs/faults.md explains every fault, and no other', () => {
  expect([...sections.keys()].toSorted()).toEqual(Object.keys(FAULTS).toSorted());
  expect(parts).toHaveLength(sections.size);
});

describe.for(Object.keys(FAULTS))('%s', (code) => {
  test('says in both languages what it means and what to do', () => {
    for (const label of ['Arti', 'Tindakan', 'Meaning', 'What\\s+to\\s+do']) {
      expect(sections.get(code) ?? '').toMatch(new RegExp(`\\*\\*${label}:\\*\\*\\s+\\S`));
    }
  });
});

test('the sentence of every fault is a plain one', () => {
  const sentences = Object.values(FAULTS).map(({ title }) => title);
  expect(new Set(sentences).size).toBe(sentences.length);
  for (const sentence of sentences) expect(sentence).toMatch(/^\S.*[^.!\s]$/);
});
