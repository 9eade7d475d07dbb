import type { FormRules } from './check.ts';

/** The rules of the forms, as the schemas of the API have them. `npm run forms` writes this file. */
export const RULES = {
  acknowledge: {
    note: {
      minLength: 1,
      maxLength: 1000,
      pattern:
        '^[^\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u061c\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb\\ud800-\\udfff]*$',
    },
  },
  silence: {
    reason: {
      isRequired: true,
      minLength: 1,
      maxLength: 1000,
      pattern:
        '^[^\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u061c\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb\\ud800-\\udfff]*$',
    },
  },
  config: {
    interval: {
      pattern: '^\\d+(\\.\\d+)?(ms|s|min|m|h|d)$',
    },
    'limits.name': {
      isRequired: true,
      minLength: 1,
      maxLength: 64,
    },
    'limits.min': {
      isNumber: true,
    },
    'limits.max': {
      isNumber: true,
    },
    'settings.name': {
      isRequired: true,
      pattern: '^[a-z][a-z0-9_-]{0,31}$',
    },
    'settings.value': {
      isRequired: true,
      maxLength: 256,
    },
  },
  command: {
    name: {
      isRequired: true,
      pattern: '^[a-z][a-z0-9_-]{0,31}$',
    },
    'arguments.name': {
      isRequired: true,
      pattern: '^[a-z][a-z0-9_-]{0,31}$',
    },
    'arguments.value': {
      isRequired: true,
      maxLength: 256,
    },
  },
  replay: {
    shift: {
      pattern: '^[+-]?\\d+(\\.\\d+)?(ms|s|min|m|h|d)$',
    },
  },
  discard: {
    reason: {
      isRequired: true,
      minLength: 3,
      maxLength: 500,
    },
  },
  person: {
    name: {
      isRequired: true,
      minLength: 1,
      maxLength: 100,
      pattern:
        '^[^\\u0000-\\u001f\\u007f-\\u009f\\u061c\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb\\ud800-\\udfff]*$',
    },
    login: {
      pattern: '^[a-z0-9][a-z0-9._@-]{1,62}$',
    },
    email: {
      maxLength: 254,
      pattern:
        "^(?:[A-Za-z0-9_'+\\-]+\\.)*[A-Za-z0-9_'+\\-]*[A-Za-z0-9_+-]@(?:[A-Za-z0-9][A-Za-z0-9\\-]*\\.)+[A-Za-z]{2,}$",
    },
    phone: {
      pattern: '^\\+?[0-9][0-9 -]{5,23}$',
    },
  },
  token: {
    name: {
      isRequired: true,
      minLength: 1,
      maxLength: 100,
      pattern:
        '^[^\\u0000-\\u001f\\u007f-\\u009f\\u061c\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb\\ud800-\\udfff]*$',
    },
  },
} as const satisfies Readonly<Record<string, FormRules>>;
