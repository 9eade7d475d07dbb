import type { z } from 'zod';
import type { Client } from '#cli/client.ts';
import { Fault } from '#model/base/fault.ts';
import { type ListedPerson, PeopleList } from '#api/people/schema.ts';

/** The person with this sign-in name or number. @throws Fault `NOT_FOUND` */
export const findPerson = async (client: Client, given: string): Promise<z.infer<typeof ListedPerson>> => {
  const { people } = await client.get('/v1/people', PeopleList);
  const found = people.find(({ id, login }) => login === given.toLowerCase() || String(id) === given);
  if (found !== undefined) return found;
  throw new Fault('NOT_FOUND', `nobody has the sign-in name or number "${given}"; "klawing user list" lists all`);
};

export const pathOfPerson = ({ id }: { readonly id: number }): string => `/v1/people/${id}`;
