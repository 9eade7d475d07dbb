import type { Clock } from '#model/base/clock.ts';
import { type Duration, milliseconds, seconds } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import { RateLimiters } from '#model/limits/allowances.ts';
import type { RateSettings } from '#model/limits/rates.ts';
import type { ApiLimited } from './limited.ts';
import { type Post, PostsUnderWay } from './posts-under-way.ts';
import type { ApiLimitSettings } from './settings.ts';

/** Delay of a refusal, because a client that ignores refusals would otherwise repeat its post at once. */
const HOLD = seconds(1);

/** Most delayed refusals; further ones are sent at once. */
const HELD = 500;

/** `Retry-After` for a device with too many posts under way. */
const SOON = seconds(2);

/** Admission of posts with readings: no device gets more than its rate and its share of memory. */
export interface PostGate {
  /**
   * Waits until the device is within its rate. The body has not been read yet.
   * @param bytes announced size of the body
   * @throws Fault `RATE_LIMITED`, `SERVICE_BUSY`, both with the time to wait (retry)
   */
  enter(device: string, bytes: Bytes, signal: AbortSignal): Promise<Post>;
  /** Counts unannounced bytes. */
  took(device: string, bytes: number): void;
  /**
   * Reserves memory for the decoded bytes of a body, besides the body itself.
   * @throws Fault `SERVICE_BUSY` with the time to wait (retry)
   */
  decoded(device: string, post: Post, bytes: number): void;
  /** Refuses the waiting posts. */
  stop(): void;
}

export interface Bytes {
  /** Of the device's rate. */
  readonly declared: number;
  /** Of memory. */
  readonly most: number;
}

export interface PostGateDeps {
  readonly clock: Clock;
  readonly rates: RateSettings;
  readonly limited: ApiLimited;
}

// oxlint-disable-next-line max-lines-per-function -- functions over one shared state
export const makePostGate = (limits: ApiLimitSettings, { clock, rates, limited }: PostGateDeps): PostGate => {
  const allowances = new RateLimiters(rates, clock);
  const underWay = new PostsUnderWay(limits);
  const stopping = new AbortController();
  let held = 0;

  const pause = (span: Duration, signal: AbortSignal): Promise<void> =>
    clock.sleep(span, AbortSignal.any([signal, stopping.signal]));

  const refuse = async (fault: Fault, signal: AbortSignal): Promise<never> => {
    if (held < HELD) {
      held += 1;
      await pause(HOLD, signal);
      held -= 1;
    }
    throw fault;
  };

  /** Takes the share of the post at once, so that posts keep their order. */
  const withinRate = async (device: string, bytes: number, signal: AbortSignal): Promise<void> => {
    const allowance = allowances.of(device);
    const excess = allowance.excess(clock.monotonic());
    if (excess !== undefined && excess.ms > limits.postWait.ms) {
      limited(excess.of, { device, refused: true });
      await refuse(tooFast(device, milliseconds(excess.ms)), signal);
    }
    allowance.take(bytes, 1, clock.monotonic());
    if (excess === undefined) return;
    limited(excess.of, { device });
    await pause(milliseconds(Math.ceil(excess.ms)), signal);
    if (stopping.signal.aborted) throw new Fault('SERVICE_BUSY', 'the service stops; try again', { retry: true });
    if (signal.aborted) throw new Fault('RATE_LIMITED', 'the client has disconnected; try again', { retry: true });
  };

  const busy = (device: string, full: 'posts' | 'post-bytes'): Fault => {
    const { posts } = underWay;
    limited(full, { device, posts, bytes: underWay.bytes });
    const detail = `${posts} posts of readings are under way; keep the readings and try again`;
    return new Fault('SERVICE_BUSY', detail, { retry: true, retryAfter: SOON });
  };

  /** Checked before the body is read, because bodies are what fills memory. */
  const withinAll = (device: string, bytes: number): void => {
    const full = underWay.full(bytes);
    if (full !== undefined) throw busy(device, full);
  };

  return {
    enter: async (device, { declared, most }, signal) => {
      const posts = underWay.of(device);
      if (posts >= limits.postsPerDevice) {
        limited('posts-per-device', { device });
        await refuse(tooMany(device, posts), signal);
      }
      underWay.come(device);
      try {
        await withinRate(device, declared, signal);
        withinAll(device, most);
        return underWay.begin(device, most);
      } catch (error) {
        underWay.go(device);
        throw error;
      }
    },
    took: (device, bytes) => allowances.of(device).take(bytes, 0, clock.monotonic()),
    decoded: (device, post, bytes) => {
      if (!post.grow(bytes)) throw busy(device, 'post-bytes');
    },
    stop: () => {
      stopping.abort();
      allowances.stop();
    },
  };
};

const tooMany = (device: string, posts: number): Fault =>
  new Fault(
    'RATE_LIMITED',
    `${posts} posts of ${device} are under way; wait for an answer before the next, or send many readings as one array`,
    { retry: true, retryAfter: SOON },
  );

const tooFast = (device: string, wait: Duration): Fault =>
  new Fault(
    'RATE_LIMITED',
    `${device} is over its rate by ${Math.ceil(wait.ms / 1_000)} s; keep the readings and send them then, many as one array`,
    { retry: true, retryAfter: wait },
  );
