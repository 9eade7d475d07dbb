const CONNACK = 0x20;
const PUBACK = 0x40;

/** Packets that a broker sends to a client that only publishes. */
export interface Answers {
  readonly connack: (returnCode: number) => void;
  readonly puback: (packetId: number) => void;
}

/**
 * Reads CONNACK, PUBACK and PINGRESP from chunks of any size (MQTT 3.1.1 sections 3.2, 3.4 and 3.13). It is written by hand because the
 * generator must use much less processor time than the broker. These packets are shorter than 128 bytes.
 */
export class AnswerReader {
  readonly #answers: Answers;
  #header = -1;
  #length = -1;
  #seen = 0;
  #high = 0;

  constructor(answers: Answers) {
    this.#answers = answers;
  }

  read(chunk: Uint8Array, end: number): void {
    for (let i = 0; i < end; i += 1) {
      const byte = chunk[i] ?? 0;
      if (this.#header < 0) {
        this.#header = byte;
      } else if (this.#length < 0) {
        if (byte > 127) throw new Error(`the broker sent a packet of type ${this.#header >> 4} that is too long`);
        this.#length = byte;
        if (byte === 0) this.#header = this.#length = -1;
      } else {
        this.#body(byte);
      }
    }
  }

  #body(byte: number): void {
    this.#seen += 1;
    if (this.#seen < this.#length) {
      this.#high = byte;
      return;
    }
    const header = this.#header;
    this.#header = this.#length = -1;
    this.#seen = 0;
    if (header === PUBACK) this.#answers.puback(this.#high * 256 + byte);
    else if (header === CONNACK) this.#answers.connack(byte);
    else throw new Error(`the broker sent a packet of type ${header >> 4}, which was not requested`);
  }
}
