import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '#test/support/servers/free-port.ts';
import { eventually } from '#test/support/eventually.ts';
import { startProgram } from './child.ts';
import type { Peer } from './peer.ts';
import { findProgram } from './programs.ts';

/** Messages of QoS 1 that a subscriber has not acknowledged yet. The default of 20 would limit a collector. */
const MAX_IN_FLIGHT = 10_000;

/** Mosquitto keeps everything in memory and does not limit what waits for a subscriber. */
const configOf = (port: number): string => `
listener ${port} 127.0.0.1
allow_anonymous true
persistence false
set_tcp_nodelay true
log_dest none
max_inflight_messages ${MAX_IN_FLIGHT}
max_queued_messages 0
`;

const isListening = async (port: number): Promise<void> => {
  const socket = connect({ host: '127.0.0.1', port });
  try {
    await once(socket, 'connect');
  } finally {
    socket.destroy();
  }
};

/** Starts Mosquitto in memory, without a password file or access rules. Undefined when it is not installed. */
export const startMosquitto = async (): Promise<Peer | undefined> => {
  const program = findProgram('mosquitto');
  if (program === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'klawing-mosquitto-'));
  const port = await freePort();
  const config = join(folder, 'mosquitto.conf');
  writeFileSync(config, configOf(port));
  const child = startProgram(program, ['-c', config]);
  await eventually(() => isListening(port));
  return {
    name: 'Mosquitto',
    port,
    pid: child.pid,
    stop: async () => {
      await child.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
