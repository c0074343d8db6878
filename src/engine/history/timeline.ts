/** Remembers since when something has been as it is. */
export class Timeline {
  readonly #entries = new Map<string, { readonly value: string; readonly since: string }>();

  /** Notes what is true now. Keys that are missing here are forgotten. */
  note(values: Iterable<readonly [key: string, value: string]>, now: Date): void {
    const present = new Set<string>();
    const at = now.toISOString();
    for (const [key, value] of values) {
      present.add(key);
      if (this.#entries.get(key)?.value !== value) this.#entries.set(key, { value, since: at });
    }
    if (present.size === this.#entries.size) return;
    for (const key of this.#entries.keys()) if (!present.has(key)) this.#entries.delete(key);
  }

  /** ISO 8601; undefined for a key that was never noted. */
  since(key: string): string | undefined {
    return this.#entries.get(key)?.since;
  }
}
