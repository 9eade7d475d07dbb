import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { nodeFlags } from '#cli/process.ts';
import type { Peer } from './peer.ts';

const Started = z.object({ port: z.int() });

/** Starts Aedes alone in its own process, with the flags of our broker. */
export const startBareAedes = async (): Promise<Peer> => {
  const child = fork(fileURLToPath(new URL('aedes.ts', import.meta.url)), [], { execArgv: [...nodeFlags('broker')] });
  const ended = once(child, 'exit');
  const [message]: unknown[] = await once(child, 'message');
  return {
    name: 'bare Aedes',
    port: Started.parse(message).port,
    pid: child.pid ?? 0,
    stop: async () => {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
};
