import { z } from 'zod';
import type { Client } from '#cli/client.ts';

const Totals = z.object({
  received: z.number(),
  processed: z.number(),
  quarantined: z.number(),
  waiting: z.number(),
  decoded: z.number(),
  stored: z.number(),
  duplicates: z.number(),
  refused: z.number(),
  revised: z.number(),
});
const Ledger = z.object({ balanced: z.boolean(), totals: Totals });
const Verified = z.object({
  verified: z.boolean(),
  expected: z.number(),
  found: z.number(),
  mismatched: z.number(),
});

/** What must have come of everything that was acknowledged. */
export interface Expected {
  /** Acknowledged publishes. */
  readonly messages: number;
  /** Values in them, and of those the ones that came twice or with another value. */
  readonly values: number;
  readonly duplicates: number;
  readonly revised: number;
}

const verify = async (client: Client): Promise<z.infer<typeof Verified>> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of client.stream('/v1/ledger/verify', 'application/x-ndjson')) chunks.push(chunk);
  const last = Buffer.concat(chunks).toString().trimEnd().split('\n').at(-1) ?? '';
  return Verified.parse(JSON.parse(last));
};

/**
 * Holds ledger and store against what was sent by clients that came back and sent again: each message is there once,
 * and whatever arrived beyond that is counted as a duplicate.
 * @returns one sentence
 * @throws Error when a single message or row is missing or too many
 */
export const proveSentAgain = async (client: Client, messages: number, valuesEach: number): Promise<string> => {
  const { balanced, totals } = await client.get('/v1/ledger', Ledger);
  const { verified, found } = await verify(client);
  const again = totals.received - messages;
  const isRight =
    balanced &&
    verified &&
    again >= 0 &&
    found === messages * valuesEach &&
    totals.stored === found &&
    totals.duplicates === again * valuesEach;
  if (!isRight) {
    const seen = JSON.stringify({ balanced, verified, found, ...totals });
    throw new Error(`the ledger does not hold ${messages} messages of ${valuesEach} values: it says ${seen}`);
  }
  const [sent, twice, rows] = [messages, again, found].map((count) => count.toLocaleString('en'));
  return `proved: ${sent} messages acknowledged, ${twice} of them sent twice, the ledger is balanced, and a count in the store finds ${rows} rows`;
};

/**
 * Holds ledger and store against what the generator counted.
 * @returns one sentence
 * @throws Error when a single message or row is missing or too many: no figure of such a run is worth anything
 */
export const proveLedger = async (client: Client, expected: Expected): Promise<string> => {
  const { balanced, totals } = await client.get('/v1/ledger', Ledger);
  const { verified, found } = await verify(client);
  const { messages, values, duplicates, revised } = expected;
  const stored = values - duplicates;
  const rows = stored - revised;
  const isRight =
    balanced &&
    verified &&
    totals.received === messages &&
    totals.processed === messages &&
    totals.decoded === values &&
    totals.stored === stored &&
    totals.duplicates === duplicates &&
    totals.revised === revised &&
    found === rows;
  if (!isRight) {
    const seen = JSON.stringify({ balanced, verified, found, ...totals });
    throw new Error(
      `the ledger does not hold what was sent: ${JSON.stringify({ ...expected, rows })}, it says ${seen}`,
    );
  }
  const [sent, kept] = [messages, rows].map((count) => count.toLocaleString('en'));
  return `proved: ${sent} messages acknowledged, the ledger is balanced, and a count in the store finds ${kept} rows of ${kept}`;
};
