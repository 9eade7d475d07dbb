/** Another broker with the same load in the same run. */
export interface Peer {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
  /** Safe to call twice. */
  stop(): Promise<void>;
}
