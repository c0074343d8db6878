/**
 * Where a prefix stands. `present`: its pod is ready, and every router has been seen to have it. `leaving`, `arriving`: its
 * pod was just flipped. `absent`: its pod is not ready, and no router has it.
 */
export type Standing = 'present' | 'leaving' | 'absent' | 'arriving';

/** Which prefixes the routers should have at this moment. */
export class Ledger {
  readonly #standings = new Map<string, Standing>();

  set(prefixes: readonly string[], standing: Standing): void {
    for (const prefix of prefixes) this.#standings.set(prefix, standing);
  }

  of(prefix: string): Standing | undefined {
    return this.#standings.get(prefix);
  }

  /** All prefixes that stand so. */
  all(standing: Standing): string[] {
    return [...this.#standings].filter(([, one]) => one === standing).map(([prefix]) => prefix);
  }
}
