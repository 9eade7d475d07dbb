import type { Server } from 'node:net';
import { Fault } from '#model/base/fault.ts';

/** Address of a listener, and the setting that changes it. */
export interface BoundAddress {
  readonly host: string;
  readonly port: number;
  /** Name of the port in `klawing.yaml` and in the environment. */
  readonly setting: string;
}

/**
 * Binds a server and returns its port, which the system chooses for port 0.
 * @throws Fault `PORT_IN_USE`, or `SETTING_INVALID` when the address or the port cannot be used at all
 */
export const bind = (server: Server, place: BoundAddress): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(faultOf(error, place)));
    server.listen(place.port, place.host, () => {
      server.removeAllListeners('error');
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : place.port);
    });
  });

const faultOf = (error: NodeJS.ErrnoException, { host, port, setting }: BoundAddress): Error => {
  if (error.code === 'EADDRINUSE') {
    return new Fault('PORT_IN_USE', `${host}:${port}; stop that program or set ${setting} to another port`, {
      cause: error,
    });
  }
  return new Fault('SETTING_INVALID', `${host}:${port} cannot be bound (${error.code}); check ${setting}`, {
    cause: error,
  });
};
