import type { NetworkNamespace } from '../../kernel/ports.ts';
import { type Address, addressBits, familyOf } from '../../model/address.ts';
import { otherRouteSentence } from '../../routes/taken.ts';
import type { EnginePorts, EngineState } from '../context.ts';
import { isWired } from '../watch/host-view.ts';

/** The own addresses of pods that are wired. */
export function ownAddresses({ store }: EnginePorts, state: EngineState): Address[] {
  return store.state.allocations
    .filter(({ state: stored, hostInterface }) => stored === 'committed' && isWired(state.host, hostInterface))
    .flatMap(({ ip4, ip6 }) => [ip4, ip6].filter((address) => address !== undefined));
}

/**
 * Asks the kernel which routes it takes.
 * @param refused those of the addresses whose route of ours the kernel has not accepted: only another program's route
 * to exactly that address says more than that.
 * @returns for each address to which packets do not take our route, why.
 * @throws KernelError
 */
export async function otherRoutes(
  host: Pick<NetworkNamespace, 'routesTaken'>,
  { config, host: view }: EngineState,
  addresses: readonly Address[],
  refused: { has(address: Address): boolean } = new Set(),
): Promise<Map<Address, string>> {
  const taken = await host.routesTaken(addresses);
  const names = new Map([...view.links.values()].map(({ index, name }) => [index, name]));
  const sentences = new Map<Address, string>();
  for (const address of addresses) {
    const found = taken.get(address);
    if (refused.has(address) && found?.destination.length !== addressBits(familyOf(address))) continue;
    const nameOf = (index: number) => names.get(index);
    const sentence = otherRouteSentence(address, found, config.routeProtocol, nameOf);
    if (sentence !== undefined) sentences.set(address, sentence);
  }
  return sentences;
}
