import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { z } from 'zod';

const Violations = z.array(
  z.object({ id: z.string(), help: z.string(), nodes: z.array(z.object({ html: z.string() })) }),
);

/** Everything that axe objects to in a page as it stands, in words. The debugger runs it, so that the page's policy does not bind it. */
export const violationsOf = async (page: Page): Promise<readonly string[]> => {
  if (!(await page.evaluate<boolean>("typeof axe !== 'undefined'"))) await page.evaluate(axe.source);
  const found = Violations.parse(
    await page.evaluate("axe.run({ resultTypes: ['violations'] }).then(({ violations }) => violations)"),
  );
  return found.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' ')}`);
};
