/** A path to a prefix as a router has received it, in the same words for every kind of router. */
export interface BgpPath {
  prefix: string;
  /** The neighbour's address of the session that it came over. */
  neighbour: string;
  /** Every next hop that the router has for it; IPv6 may come with a link-local one (RFC 2545, 3). */
  nextHops: string[];
  asPath: number[];
  /** As `64600:100`, in the order that the router shows; well-known ones by number too. */
  communities: string[];
  /** As `64600:1:100`. */
  largeCommunities: string[];
  med: number | undefined;
  localPreference: number | undefined;
}

/** A JSON object out of a program that may print anything. @throws Error that shows what came instead. */
export function jsonObject(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new Error(`${what} is not an object: ${JSON.stringify(value)}`);
}

/** A JSON array; an absent one is empty. @throws Error that shows what came instead. */
export function jsonArray(value: unknown, what: string): unknown[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  throw new Error(`${what} is not an array: ${JSON.stringify(value)}`);
}

/** A JSON number; undefined when absent. @throws Error that shows what came instead. */
export function jsonNumber(value: unknown, what: string): number | undefined {
  if (value === undefined || typeof value === 'number') return value;
  throw new Error(`${what} is not a number: ${JSON.stringify(value)}`);
}

/** A JSON string. @throws Error that shows what came instead. */
export function jsonString(value: unknown, what: string): string {
  if (typeof value === 'string') return value;
  throw new Error(`${what} is not a string: ${JSON.stringify(value)}`);
}
