import type { Address } from '../../model/address.ts';

/** How long an announced address may be without its host route before it is withdrawn, in milliseconds. */
const GRACE_MS = 2_000;

/** An address to which packets do not take our route. */
interface Lost {
  readonly message: string;
  /** When it was first seen, in milliseconds. */
  readonly since: number;
}

/** Why addresses are lost: the kernel refuses our route, or takes another one. */
export type Cause = 'refused' | 'overridden';

/** The addresses that are lost, by what they are lost to, and since when. */
export class LostRoutes {
  readonly #causes: Record<Cause, Map<Address, Lost>> = { refused: new Map(), overridden: new Map() };

  /** Notes the outcome for these addresses: those that failed, each with its sentence, and the others. */
  note(cause: Cause, tried: Iterable<Address>, failures: ReadonlyMap<Address, string>, now: number): void {
    const lost = this.#causes[cause];
    for (const address of tried) if (!failures.has(address)) lost.delete(address);
    for (const [address, message] of failures) {
      lost.set(address, { message, since: this.get(address)?.since ?? now });
    }
  }

  /** Whether the same sentence was noted for this cause, and no other since: then it has been reported. */
  isNoted(cause: Cause, address: Address, message: string): boolean {
    return this.#causes[cause].get(address)?.message === message;
  }

  /** Forgets the addresses that are not wanted any more. */
  keep(isWanted: (address: Address) => boolean): void {
    for (const lost of Object.values(this.#causes)) {
      for (const address of lost.keys()) if (!isWanted(address)) lost.delete(address);
    }
  }

  /** Another program's route says more than that the kernel has refused ours. */
  get(address: Address): Lost | undefined {
    return this.#causes.overridden.get(address) ?? this.#causes.refused.get(address);
  }

  /** The addresses that the kernel has refused our route to. */
  get refused(): { has(address: Address): boolean } {
    return this.#causes.refused;
  }

  addresses(): Set<Address> {
    return new Set([...this.#causes.refused.keys(), ...this.#causes.overridden.keys()]);
  }

  /** One sentence for each address. */
  messages(): string[] {
    return [...this.addresses()].map((address) => this.get(address)?.message ?? '');
  }

  /** What must not be announced: what is not announced yet, and what has been lost for longer than a moment. */
  withheld(announced: { has(address: Address): boolean }, now: number): Address[] {
    return [...this.addresses()].filter((address) => !announced.has(address) || this.#graceLeft(address, now) <= 0);
  }

  /** How long until the next announced address has to be withdrawn, in milliseconds; undefined when none has. */
  nextDue(announced: { has(address: Address): boolean }, now: number): number | undefined {
    const left = [...this.addresses()].filter((address) => announced.has(address)).map((a) => this.#graceLeft(a, now));
    // One whose time is over and that is still announced waits for BIRD, and passes for that are repeated anyway.
    const coming = left.filter((milliseconds) => milliseconds > 0);
    return coming.length === 0 ? undefined : Math.min(...coming);
  }

  #graceLeft(address: Address, now: number): number {
    return (this.get(address)?.since ?? now) + GRACE_MS - now;
  }
}
