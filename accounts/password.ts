import { randomBytes } from 'node:crypto';
import type { Person } from '#model/accounts/person.ts';
import { Fault } from '#model/base/fault.ts';

/** Least cost that OWASP asks for Argon2id: 19 MiB, two passes, one lane. About 25 ms. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Passwords that wait for the one that is hashed. Each hash takes a thread of the pool, which store and files need too. */
const MOST_WAITING = 100;

const LEAST_LENGTH = 12;
const MOST_LENGTH = 200;
const LEAST_SYMBOLS = 5;

export interface Passwords {
  /** @throws Fault `SERVICE_BUSY` (retry) when too many wait */
  hash(password: string): Promise<string>;
  /** Takes the same time where there is no hash. @throws Fault `SERVICE_BUSY` (retry) */
  isRight(hash: string | undefined, password: string): Promise<boolean>;
}

/** Loaded at the first password: a service without people does not need it. */
const library = () => import('@node-rs/argon2');

/** Runs one call at a time. */
const makeQueue = () => {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return <T>(call: () => Promise<T>): Promise<T> => {
    if (waiting >= MOST_WAITING) {
      throw new Fault('SERVICE_BUSY', 'too many people sign in at this moment; try again', { retry: true });
    }
    waiting += 1;
    const turn = last.then(call, call).finally(() => {
      waiting -= 1;
    });
    last = turn.catch(() => undefined);
    return turn;
  };
};

/** Hashes and checks passwords with Argon2id, one at a time. The only file that knows the library. */
export const makePasswords = (): Passwords => {
  const inTurn = makeQueue();
  const hash = (password: string): Promise<string> => inTurn(async () => (await library()).hash(password, COST));
  let dummy: Promise<string> | undefined;
  return {
    hash,
    isRight: async (known, password) => {
      dummy ??= hash(randomBytes(16).toString('hex'));
      const compared = known ?? (await dummy);
      const isSame = await inTurn(async () => (await library()).verify(compared, password));
      return known !== undefined && isSame;
    },
  };
};

/** Refuses a password that others would try first. @throws Fault `PASSWORD_WEAK` */
export const checkPassword = (password: string, { login = '', name }: Pick<Person, 'login' | 'name'>): void => {
  const small = password.toLowerCase();
  const parts = [login, ...name.toLowerCase().split(/\s+/), 'klawing', 'password'].filter(({ length }) => length > 3);
  const rest = parts.reduce((text, part) => text.replaceAll(part, ''), small);
  if (password.length < LEAST_LENGTH || password.length > MOST_LENGTH) {
    throw new Fault(
      'PASSWORD_WEAK',
      `it has ${LEAST_LENGTH} to ${MOST_LENGTH} characters; three or four words do well`,
    );
  }
  if (new Set(rest).size >= LEAST_SYMBOLS && rest.length >= LEAST_LENGTH / 2) return;
  throw new Fault('PASSWORD_WEAK', 'it consists of your name, of "klawing" or of very few different characters');
};
