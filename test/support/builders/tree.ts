import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { DIST } from '#dashboards/console/built.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';
import { TREE } from '#test/support/processes/tree-root.ts';

const filesOf = (tree: string): readonly string[] =>
  execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: tree,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
    .split('\n')
    .filter((file) => file !== '');

/** Whether this is a checkout: an unpacked archive cannot say which of its files belong to it. */
export const isCheckout = (): boolean => {
  try {
    return filesOf(TREE).length > 0;
  } catch {
    return false;
  }
};

export interface CheckoutOptions {
  /** Packages that are not installed in it. */
  readonly without?: readonly string[];
  /** With the console as it is built here. */
  readonly hasConsole?: true;
}

/** Installs the packages of this tree. */
const linkPackages = (tree: string, without: readonly string[]): void => {
  const [packages, here] = [join(TREE, 'node_modules'), join(tree, 'node_modules')];
  if (without.length === 0) {
    symlinkSync(packages, here);
    return;
  }
  mkdirSync(here);
  for (const name of readdirSync(packages).filter((each) => !without.includes(each))) {
    symlinkSync(join(packages, name), join(here, name));
  }
};

/** A checkout of its own: what git keeps, as it is now, with the packages of this tree. */
export const checkout = ({ without = [], hasConsole }: CheckoutOptions = {}): string => {
  const tree = tempFolder();
  for (const file of filesOf(TREE)) {
    mkdirSync(dirname(join(tree, file)), { recursive: true });
    cpSync(join(TREE, file), join(tree, file));
  }
  if (hasConsole) cpSync(DIST, join(tree, relative(TREE, DIST)), { recursive: true });
  linkPackages(tree, without);
  return tree;
};
