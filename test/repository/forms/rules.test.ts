import { expect, test } from 'vitest';
import { RULES } from '#dashboards/console/components/forms/rules.ts';
import { writeRules } from './rules.ts';

test('the forms of the console have the rules of the schemas: npm run forms', () => {
  const [, text = ''] = /RULES = ([\s\S]*) as const/.exec(writeRules()) ?? [];
  expect(RULES).toEqual(JSON.parse(text));
});
