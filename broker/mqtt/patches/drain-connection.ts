import type { Duplex } from 'node:stream';
import type { Clock } from '#model/base/clock.ts';
import { seconds } from '#model/base/duration.ts';

/** Time limit for a client to notice that its connection is over. */
const NOTICE = seconds(5);

interface DrainDeps {
  readonly clock: Pick<Clock, 'after'>;
  /** Reads the bytes that have arrived. */
  readonly onBytes: () => void;
  /** Called once, when the client has closed its side or the time limit has passed. */
  readonly onEnd: () => void;
}

/**
 * Delays the next call of `destroy`: first the own side is closed, and the bytes that the client sent before it notices are read. The
 * next call but one destroys the connection at once.
 */
export const drainConnection = (connection: Duplex, { clock, onBytes, onEnd }: DrainDeps): void => {
  const destroy = connection.destroy.bind(connection);
  connection.destroy = () => {
    connection.destroy = destroy;
    let isOver = false;
    const finish = (): void => {
      if (isOver) return;
      isOver = true;
      late.stop();
      connection.off('readable', onBytes);
      onEnd();
      destroy();
    };
    const late = clock.after(NOTICE, finish);
    connection.once('close', finish).once('end', finish);
    if (connection.destroyed || connection.readableEnded) {
      finish();
      return connection;
    }
    connection.on('readable', onBytes);
    connection.end();
    onBytes();
    return connection;
  };
};
