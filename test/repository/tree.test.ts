import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { VERBS } from '#cli/verbs/index.ts';

const git = (...words: readonly string[]): readonly string[] => {
  try {
    return execFileSync('git', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
      .split('\n')
      .filter((line) => line !== '');
  } catch {
    return []; // an unpacked archive has no history to look at
  }
};

const tracked = git('ls-files').filter((file) => existsSync(file));
const sources = tracked.filter((file) => file.endsWith('.ts'));
const pages = tracked.filter((file) => file.endsWith('.md'));
const here = 'test/repository/tree.test.ts';

describe('the tree', () => {
  test('has a link from README.md to every page of docs', () => {
    const readme = readFileSync('README.md', 'utf8');
    const own = pages.filter((page) => dirname(page) === 'docs');
    expect(own.filter((page) => !readme.includes(`(${page})`))).toEqual([]);
  });

  test('gives each decision a number of its own, which its heading repeats', () => {
    const decisions = pages.filter((page) => dirname(page) === 'docs/decisions');
    const numbers = decisions.map((page) => basename(page).slice(0, 4));
    expect(numbers.filter((number, i) => numbers.indexOf(number) !== i)).toEqual([]);
    for (const [i, page] of decisions.entries()) {
      expect(readFileSync(page, 'utf8'), page).toMatch(new RegExp(`^# ${numbers[i]} `));
    }
  });

  test('holds nothing that is left for later', () => {
    for (const file of sources.filter((one) => one !== here)) {
      expect(readFileSync(file, 'utf8'), file).not.toMatch(/\b(TODO|FIXME|XXX|HACK)\b/);
    }
  });

  test('holds no test that runs alone or never', () => {
    for (const file of sources.filter((one) => one.startsWith('test/') && one !== here)) {
      expect(readFileSync(file, 'utf8'), file).not.toMatch(/\b(test|describe|it)\.(only|skip|todo)\b/);
    }
  });
});

/** Folders with more than fifteen files, each with its reason. */
const CROWDED: Readonly<Record<string, string>> = {
  'cli/verbs': 'one file for each verb, as "klawing --help" lists them',
  'model/base': 'one small type of value in each file',
  'science/quality': 'one quality test in each file',
  'test/browser': 'one part of the console in each file',
  'test/contract': 'one suite for each interface and each resource of the API',
  'test/repository': 'one rule of the repository in each file',
  'test/support/builders': 'one kind of test data in each file',
  'test/support/servers': 'one server that tests start in each file',
  'test/system': 'one behaviour of the whole service in each file',
};

test('a folder has at most fifteen files, or a reason', () => {
  const crowded = [...Map.groupBy(sources, (file) => dirname(file))].filter(([, files]) => files.length > 15);
  expect(crowded.map(([folder]) => folder).toSorted()).toEqual(Object.keys(CROWDED).toSorted());
});

/** Spans of time that belong to a fault: how long it lasts, and at which moment it comes. */
const SPANS = /^test\/(?:soak\/faults\/|support\/servers\/faulty-proxy\.ts)/;

test('tests wait for conditions: none sleeps for a fixed time, and none has a limit of its own', () => {
  for (const file of sources.filter((one) => one.startsWith('test/') && one !== here && !SPANS.test(one))) {
    const text = readFileSync(file, 'utf8');
    expect(text, file).not.toMatch(/systemClock\.sleep\(|waitForTimeout|timeout: (?:minutes|seconds)\(\d+\)\.ms/);
  }
});

describe.for(pages)('%s', (page) => {
  const text = readFileSync(page, 'utf8');

  test('links only to what exists', () => {
    for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (target === undefined || /^(https?|mailto):/.test(target) || target.startsWith('#')) continue;
      const path = normalize(join(dirname(page), target.split('#', 1)[0] ?? ''));
      expect(existsSync(path), `${page} links to ${target}`).toBe(true);
    }
  });

  test('names only npm scripts and verbs that exist', () => {
    const { scripts } = z
      .object({ scripts: z.record(z.string(), z.string()) })
      .parse(JSON.parse(readFileSync('package.json', 'utf8')));
    const npm = text.matchAll(/\bnpm (?:run ([a-z:]+)|(start|test)\b)/g);
    for (const [words, script, short] of npm) expect(scripts, words).toHaveProperty([script ?? short ?? '']);
    const verbs = text.matchAll(/(?:npx klawing|npm run klawing --|`klawing) ([a-z]+)/g);
    for (const [words, verb] of verbs)
      expect(
        VERBS.map(({ name }) => name),
        words,
      ).toContain(verb);
  });
});

test('the titles of commits are conventional', () => {
  const types = 'build|chore|ci|docs|feat|fix|perf|refactor|revert|style|test';
  for (const title of git('log', '-50', '--no-merges', '--format=%s')) {
    expect(title).toMatch(new RegExp(`^(${types})(\\([a-z][a-z-]*\\))?!?: \\S.*[^.\\s]$`));
    expect(title.length, title).toBeLessThanOrEqual(72);
  }
});
