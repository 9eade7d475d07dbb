import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { CHUNK_BYTES } from './flow.ts';

/** Members of `ws` for the unfinished message, which are not in its types. */
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

/** Receives the memory of the unfinished message, and whether it began after the end of the previous one. */
export type ReportFrames = (bytes: number, isAnother: boolean) => void;

/** Reports the memory of unfinished WebSocket messages: a message may be as large as a packet, and MQTT sees complete ones only. */
export const trackFrames = (socket: WebSocket, transport: Duplex, report: ReportFrames): void => {
  const receiver: unknown = Reflect.get(socket, '_receiver');
  if (!isReceiver(receiver)) {
    throw new Error('this version of ws has another receiver; see broker/net/web-socket-frames.ts');
  }
  let isAnother = true;
  socket.on('message', () => {
    isAnother = true;
  });
  transport.on('data', () => {
    const chunks = receiver._buffers.length + receiver._fragments.length;
    report(receiver._bufferedBytes + receiver._messageLength + chunks * CHUNK_BYTES, isAnother);
    isAnother = false;
  });
};
