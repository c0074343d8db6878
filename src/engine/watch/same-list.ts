/** Whether two lists have the very same items; undefined is no list. */
export function isSameList(a: readonly unknown[] | undefined, b: readonly unknown[]): boolean {
  return a?.length === b.length && a.every((one, at) => one === b[at]);
}
