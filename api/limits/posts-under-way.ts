import type { ApiLimitSettings } from './settings.ts';

/** One post on its way to the journal. It is over when everyone who holds it has left. */
export interface Post {
  hold(): void;
  /** Takes so many bytes more; false, and takes none, where there is no room for them. */
  grow(bytes: number): boolean;
  leave(): void;
}

/** Posts of readings between their header and the journal's answer, and the room that their bodies have. */
export class PostsUnderWay {
  readonly #limits: Pick<ApiLimitSettings, 'posts' | 'postBytes'>;
  readonly #ofDevice = new Map<string, number>();
  #posts = 0;
  #bytes = 0;

  constructor(limits: Pick<ApiLimitSettings, 'posts' | 'postBytes'>) {
    this.#limits = limits;
  }

  get posts(): number {
    return this.#posts;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Those of a device, also those that wait to be read. */
  of(device: string): number {
    return this.#ofDevice.get(device) ?? 0;
  }

  come(device: string): void {
    this.#ofDevice.set(device, this.of(device) + 1);
  }

  go(device: string): void {
    const left = this.of(device) - 1;
    if (left === 0) this.#ofDevice.delete(device);
    else this.#ofDevice.set(device, left);
  }

  /** What has no room for a body of so many bytes, if anything. */
  full(bytes: number): 'posts' | 'post-bytes' | undefined {
    if (this.#posts >= this.#limits.posts) return 'posts';
    return this.#bytes + bytes > this.#limits.postBytes ? 'post-bytes' : undefined;
  }

  /** Of a device that has come, and goes with it. */
  begin(device: string, bytes: number): Post {
    this.#posts += 1;
    this.#bytes += bytes;
    let holders = 1;
    let own = bytes;
    return {
      hold: () => {
        holders += 1;
      },
      grow: (more) => {
        if (this.#bytes + more > this.#limits.postBytes) return false;
        this.#bytes += more;
        own += more;
        return true;
      },
      leave: () => {
        holders -= 1;
        if (holders > 0) return;
        this.#posts -= 1;
        this.#bytes -= own;
        this.go(device);
      },
    };
  }
}
