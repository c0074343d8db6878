import type { HostInterest } from '../../kernel/ports.ts';
import type { Address } from '../../model/address.ts';
import { isHostInterfaceName } from '../../model/names.ts';
import type { EnginePorts, EngineState } from '../context.ts';

/**
 * The events of the host that the engine wants: answered from what it knows, indexed once for each reading and change.
 */
export function hostInterest({ store }: EnginePorts, state: EngineState): HostInterest {
  let links: unknown;
  let kinds = new Map<number, 'pod' | 'host'>();
  let indexed: { readonly links: unknown; readonly allocations: unknown } | undefined;
  let owners = new Map<Address, number | 'claim'>();

  function indexLinks(): void {
    if (links === state.host.links) return;
    kinds = new Map();
    for (const { index, name } of state.host.links.values()) {
      if (name !== 'lo') kinds.set(index, isHostInterfaceName(name) ? 'pod' : 'host');
    }
    links = state.host.links;
  }

  function indexOwners(): void {
    const { allocations } = store.state;
    if (indexed?.links === state.host.links && indexed.allocations === allocations) return;
    owners = new Map();
    for (const { state: stored, hostInterface, ip4, ip6, anycast, addresses } of allocations) {
      for (const claim of [...anycast, ...addresses]) owners.set(claim, 'claim');
      const link = state.host.links.get(hostInterface);
      if (stored !== 'committed' || link === undefined) continue;
      if (ip4 !== undefined) owners.set(ip4, link.index);
      if (ip6 !== undefined) owners.set(ip6, link.index);
    }
    indexed = { links: state.host.links, allocations };
  }

  return {
    get protocol() {
      return state.config.routeProtocol;
    },
    kindOf(linkIndex) {
      indexLinks();
      return kinds.get(linkIndex);
    },
    ownerOf(address) {
      indexOwners();
      return owners.get(address);
    },
  };
}
