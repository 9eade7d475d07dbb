import { z } from 'zod';
import { LedgerDocument } from '#api/ledger/schema.ts';
import type { Client } from '#cli/client.ts';

const Verified = z.object({
  verified: z.boolean(),
  expected: z.number(),
  found: z.number(),
  mismatched: z.number(),
});

/** Expected counts of the acknowledged messages. */
export interface Expected {
  /** Acknowledged publishes. */
  readonly messages: number;
  /** Their values, and the values that were sent twice or with another value. */
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
 * Compares ledger and store with the messages of clients that reconnected and sent again: each message is stored once, and each repeated one is
 * counted as a duplicate.
 * @returns one sentence
 * @throws Error for a missing or an additional message or row
 */
export const proveSentAgain = async (client: Client, messages: number, valuesEach: number): Promise<string> => {
  const { balanced, totals } = await client.get('/v1/ledger', LedgerDocument);
  const { verified, found } = await verify(client);
  const again = totals.received - messages;
  const isCorrect =
    balanced &&
    verified &&
    again >= 0 &&
    found === messages * valuesEach &&
    totals.stored === found &&
    totals.duplicates === again * valuesEach;
  if (!isCorrect) {
    const seen = JSON.stringify({ ...totals, balanced, verified, found });
    throw new Error(`the ledger does not have ${messages} messages of ${valuesEach} values: it has ${seen}`);
  }
  const [sent, twice, rows] = [messages, again, found].map((count) => count.toLocaleString('en'));
  return `proved: ${sent} messages acknowledged, ${twice} of them sent twice, the ledger is balanced, and a count in the store finds ${rows} rows`;
};

/**
 * Compares ledger and store with the counts of the generator.
 * @returns one sentence
 * @throws Error for a missing or an additional message or row, which makes the figures of the run worthless
 */
export const proveLedger = async (client: Client, expected: Expected): Promise<string> => {
  const { balanced, totals } = await client.get('/v1/ledger', LedgerDocument);
  const { verified, found } = await verify(client);
  const { messages, values, duplicates, revised } = expected;
  const stored = values - duplicates;
  const rows = stored - revised;
  const isCorrect =
    balanced &&
    verified &&
    totals.received === messages &&
    totals.processed === messages &&
    totals.decoded === values &&
    totals.stored === stored &&
    totals.duplicates === duplicates &&
    totals.revised === revised &&
    found === rows;
  if (!isCorrect) {
    const seen = JSON.stringify({ ...totals, balanced, verified, found });
    throw new Error(
      `the ledger does not match the sent messages: ${JSON.stringify({ ...expected, rows })}, it has ${seen}`,
    );
  }
  const [sent, rowCount] = [messages, rows].map((count) => count.toLocaleString('en'));
  return `proved: ${sent} messages acknowledged, the ledger is balanced, and a count in the store finds ${rowCount} rows of ${rowCount}`;
};
