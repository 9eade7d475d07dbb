import { FLAG } from '#model/readings/flag.ts';

/** Length of a text: characters, bytes of a text in hexadecimal digits, or fields between delimiters. */
export type SyntaxLength =
  | { readonly unit: 'characters' | 'bytes' }
  | { readonly unit: 'fields'; readonly delimiter: string };

const HEX_DIGITS_OF_A_BYTE = 2;

const lengthOf = (text: string, length: SyntaxLength): number => {
  switch (length.unit) {
    case 'characters':
      return Array.from(text).length;
    case 'bytes':
      return text.length / HEX_DIGITS_OF_A_BYTE;
    case 'fields':
      return text.split(length.delimiter).length;
  }
};

/** QARTOD syntax test (ioos_qc `syntax_test`): a message of another length than the expected one is FAIL. */
export const syntax = (texts: readonly string[], expected: number, length: SyntaxLength): Uint8Array =>
  Uint8Array.from(texts, (text) => (lengthOf(text, length) === expected ? FLAG.GOOD : FLAG.FAIL));
