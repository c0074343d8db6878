/** Whether two lists have the same item objects; undefined is no list. */
export function isSameList(a: readonly unknown[] | undefined, b: readonly unknown[]): boolean {
  return a?.length === b.length && a.every((one, at) => one === b[at]);
}
