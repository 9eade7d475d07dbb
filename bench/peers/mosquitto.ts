import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '#test/support/servers/free-port.ts';
import { eventually } from '#test/support/eventually.ts';
import type { Peer } from './peer.ts';

const PLACES = ['/usr/sbin/mosquitto', '/usr/local/sbin/mosquitto', '/opt/homebrew/sbin/mosquitto'];

const configOf = (port: number): string => `
listener ${port} 127.0.0.1
allow_anonymous true
persistence false
set_tcp_nodelay true
log_dest none
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
  const program = PLACES.find((place) => existsSync(place));
  if (program === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'klawing-mosquitto-'));
  const port = await freePort();
  const config = join(folder, 'mosquitto.conf');
  writeFileSync(config, configOf(port));
  const child = spawn(program, ['-c', config], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  await eventually(() => isListening(port));
  return {
    name: 'Mosquitto',
    port,
    pid: child.pid ?? 0,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
