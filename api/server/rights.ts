import type { RouteOptions } from 'fastify';
import { hasRight, leastRole, RIGHTS, type Right, type Role } from '#model/accounts/role.ts';

/** The rights that the operations of the API need, noted as their routes are registered. */
export interface OperationRights {
  note(route: RouteOptions): void;
  /** Operations that a role does not allow, with the least role that does. */
  notAllowed(role: Role | undefined): Record<string, Role>;
}

export const makeOperationRights = (): OperationRights => {
  const needed = new Map<string, Right>();
  return {
    note: ({ config, schema }) => {
      const operation: unknown = Reflect.get(Object(schema), 'operationId');
      const right = RIGHTS.find((each) => each === config?.access);
      if (typeof operation === 'string' && right !== undefined) needed.set(operation, right);
    },
    notAllowed: (role) =>
      Object.fromEntries(
        [...needed]
          .filter(([, right]) => role === undefined || !hasRight(role, right))
          .map(([operation, right]) => [operation, leastRole(right)]),
      ),
  };
};
