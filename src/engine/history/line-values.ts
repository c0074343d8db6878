/** Characters of a message, which may come from a pod, that a line quotes; its field `message` has as many. */
export const MESSAGE_LIMIT = 200;

/** To a tenth of a millisecond. */
export function rounded(ms: number): number {
  return Math.round(ms * 10) / 10;
}
