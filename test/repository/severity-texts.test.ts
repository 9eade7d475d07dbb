import { expect, test } from 'vitest';
import { english } from '#dashboards/console/text/catalogue-en.ts';
import { indonesian } from '#dashboards/console/text/catalogue-id.ts';
import { SEVERITY_TEXT, SYSTEM_TEXT } from '#model/alerts/severity-text.ts';
import { SEVERITIES } from '#model/readings/family.ts';

test.for([...SEVERITIES, 'system' as const])('console and messages have the same words for %s', (severity) => {
  const text = severity === 'system' ? SYSTEM_TEXT : SEVERITY_TEXT[severity];
  expect({ id: indonesian.severity[severity], en: english.severity[severity] }).toEqual(text);
});
