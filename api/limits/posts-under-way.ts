import type { ApiLimitSettings } from './settings.ts';

/** One post on its way to the journal. It ends when all of its holders have left. */
export interface Post {
  hold(): void;
  /** Reserves more bytes; returns false and reserves nothing when they do not fit. */
  grow(bytes: number): boolean;
  leave(): void;
}

/** Posts of readings between their header and the journal's answer, and the memory of their bodies. */
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

  /** Posts of a device, waiting ones included. */
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

  /** The limit that a body of this size would exceed; undefined when it fits. */
  full(bytes: number): 'posts' | 'post-bytes' | undefined {
    if (this.#posts >= this.#limits.posts) return 'posts';
    return this.#bytes + bytes > this.#limits.postBytes ? 'post-bytes' : undefined;
  }

  /** Counts one post of a device until it leaves. */
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
