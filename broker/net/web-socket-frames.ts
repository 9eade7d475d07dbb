import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { CHUNK_BYTES } from './flow.ts';

/** What `ws` keeps of a message until it is whole, and has not in its types. */
interface FrameReceiver {
  readonly _bufferedBytes: number;
  readonly _buffers: readonly unknown[];
  readonly _messageLength: number;
  readonly _fragments: readonly unknown[];
}

const isReceiver = (value: unknown): value is FrameReceiver =>
  typeof value === 'object' &&
  value !== null &&
  ['_bufferedBytes', '_messageLength'].every((name) => typeof Reflect.get(value, name) === 'number') &&
  ['_buffers', '_fragments'].every((name) => Array.isArray(Reflect.get(value, name)));

/** Told the memory of the message that is not whole, and whether it began after the last one was. */
export type TellFrames = (bytes: number, isAnother: boolean) => void;

/** A WebSocket message may be as large as a packet, and comes up to MQTT when it is whole: until then it is held here. */
export const watchFrames = (socket: WebSocket, beneath: Duplex, tell: TellFrames): void => {
  const receiver: unknown = Reflect.get(socket, '_receiver');
  if (!isReceiver(receiver)) {
    throw new Error('this version of ws has another receiver; see broker/net/web-socket-frames.ts');
  }
  let isAnother = true;
  socket.on('message', () => {
    isAnother = true;
  });
  beneath.on('data', () => {
    const chunks = receiver._buffers.length + receiver._fragments.length;
    tell(receiver._bufferedBytes + receiver._messageLength + chunks * CHUNK_BYTES, isAnother);
    isAnother = false;
  });
};
