import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { encodePosition, POSITION_FILE, readPosition } from '#journal/format/position.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

const POSITION = { journal: '3b0c8f2e-4d0b-4b44-9a57-0d6f8f3f2a11', last: 42, segment: 1, offset: 4_096 };

describe('the published position', () => {
  test('is read as it was written', () => {
    const folder = tempFolder();
    writeFileSync(`${folder}/${POSITION_FILE}`, encodePosition(POSITION));
    expect(readPosition(folder)).toEqual(POSITION);
  });

  test('is undefined without a complete file', () => {
    const folder = tempFolder();
    expect(readPosition(folder)).toBeUndefined();
    writeFileSync(`${folder}/${POSITION_FILE}`, encodePosition(POSITION).subarray(0, 40));
    expect(readPosition(folder)).toBeUndefined();
    writeFileSync(`${folder}/${POSITION_FILE}`, Buffer.alloc(64));
    expect(readPosition(folder)).toBeUndefined();
  });

  test('throws the error of the system when the file cannot be opened', () => {
    const folder = tempFolder();
    mkdirSync(`${folder}/file`);
    writeFileSync(`${folder}/file/name`, '');
    expect(() => readPosition(`${folder}/file/name`)).toThrow('ENOTDIR');
  });
});
