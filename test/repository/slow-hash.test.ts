import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

/** The broker process, with all that runs in it. */
const AREAS = ['broker', 'journal', 'model'];
const SLOW = /\b(scrypt|pbkdf2|bcrypt|argon2|hkdf)/i;

const sources = AREAS.flatMap((area) =>
  readdirSync(area, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(area, file)),
);

describe('the broker process', () => {
  test('has no hash that would hold the thread pool that its journal syncs on', () => {
    expect(sources.length).toBeGreaterThan(20);
    for (const file of sources) expect(readFileSync(file, 'utf8'), file).not.toMatch(SLOW);
  });
});
