/** Roles of people and of programs. Each has the rights of those before it. */
export const ROLES = ['viewer', 'duty', 'analyst', 'operator'] as const;
export type Role = (typeof ROLES)[number];

/** Roles that a person may get from a setting. An operator is made by an operator. */
export const DEFAULT_ROLES = ['viewer', 'duty', 'analyst'] as const satisfies readonly Role[];

/**
 * Rights that a route asks for. `read`: everything but secrets and the contacts of people. `respond`: acknowledge, note, silence.
 * `analyse`: flags, levels, calibrations, back-tests. `operate`: every other change.
 */
export const RIGHTS = ['read', 'respond', 'analyse', 'operate'] as const;
export type Right = (typeof RIGHTS)[number];

const LEAST: Readonly<Record<Right, Role>> = {
  read: 'viewer',
  respond: 'duty',
  analyse: 'analyst',
  operate: 'operator',
};

/** The role with the fewest rights that has this one. */
export const leastRole = (right: Right): Role => LEAST[right];

export const hasRight = (role: Role, right: Right): boolean => ROLES.indexOf(role) >= ROLES.indexOf(LEAST[right]);
