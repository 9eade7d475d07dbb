import type { formsInIndonesian } from './forms-id.ts';

/** The texts of forms in English. */
export const formsInEnglish: typeof formsInIndonesian = {
  required: 'This is needed.',
  tooShort: (least) => `At least ${least} characters.`,
  tooLong: (most) => `At most ${most} characters.`,
  notNumber: 'This is not a number.',
  below: (least) => `At least ${least}.`,
  above: (most) => `At most ${most}.`,
  badCharacters: 'It has characters that are not accepted.',
  twice: 'This name was given before.',
  problems: (count) => (count === 1 ? '1 field needs a correction.' : `${count} fields need a correction.`),
  wanted: {
    login: '2 to 63 small letters, digits, dots, @, - or _.',
    phone: 'A phone number such as +62 812-3456-7890.',
    email: 'A mail address such as sari@example.go.id.',
    interval: 'A span of time such as 30s, 5m or 1h, a day at most.',
    shift: 'A span of time such as -7h or 90m.',
    word: 'Small letters, digits, - and _, a letter first, at most 32.',
  },
  add: 'Add',
  remove: 'Remove',
  name: 'Name',
  kind: 'Kind',
  kinds: { number: 'number', text: 'text', boolean: 'yes or no' },
  value: 'Value',
  yes: 'yes',
  no: 'no',
  lowest: 'Lowest',
  highest: 'Highest',
};
