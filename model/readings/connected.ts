import { z } from 'zod';
import { parseJson } from '#model/base/parse-json.ts';

/** Payload of a journal entry of kind `connected`. */
export interface Connected {
  readonly clientId: string;
  /** The session outlives the connection: the CONNECT did not ask for a clean one [MQTT-3.1.2-4]. */
  readonly isKept: boolean;
}

const Written = z.object({ client: z.string(), clean: z.boolean() });

export const writeConnected = ({ clientId, isKept }: Connected): Uint8Array =>
  Buffer.from(JSON.stringify({ client: clientId, clean: !isKept }));

/** Reads the payload. An entry of an older broker is the client id alone; it is taken for a clean session. */
export const readConnected = (payload: Uint8Array): Connected => {
  const text = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('utf8');
  const { data } = Written.safeParse(parseJson(text));
  return data === undefined ? { clientId: text, isKept: false } : { clientId: data.client, isKept: !data.clean };
};
