/** Exit statuses; what succeeds ends with 0. */
export const STATUS = {
  failed: 1,
  /** A mistake in what was typed or set. */
  usage: 2,
  /** Failed, and starting again would end the same way. Only `klawing up` is told this; everybody else sees 1. */
  hopeless: 3,
} as const;
