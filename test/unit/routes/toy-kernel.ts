import { type Change, type ChangeResult, KernelError, type NextHop, type Route } from '../../../src/kernel/ports.ts';
import type { RoutingNamespace } from '../../../src/routes/host-routes.ts';

const OK: ChangeResult = { ok: true };

function refused(errno: string, message?: string): ChangeResult {
  return { ok: false, errno, message };
}

/**
 * Routes and next hop objects of one namespace with the kernel's rules for them: who replaces whom, what needs what,
 * what vanishes with what. The netns tests show the same on the real kernel. Links are numbers that are up or not.
 */
export class ToyKernel implements RoutingNamespace {
  readonly upLinks: Set<number>;
  /** By destination and metric, which is all that the kernel's replace goes by. */
  readonly table = new Map<string, Route>();
  readonly objects = new Map<number, NextHop>();
  /** Everything that was applied, in order. */
  readonly applied: Change[] = [];
  dumps = 0;
  /** Makes single changes fail, before they do anything. */
  failing: (change: Change) => ChangeResult | undefined = () => undefined;
  /** Makes the next call fail as a whole, after this many changes. */
  breakAfter: number | undefined;

  constructor(links: readonly number[]) {
    this.upLinks = new Set(links);
  }

  async apply(changes: readonly Change[]): Promise<ChangeResult[]> {
    const results: ChangeResult[] = [];
    for (const change of changes) {
      if (this.breakAfter === results.length) {
        this.breakAfter = undefined;
        throw new KernelError('the toy broke as the test wanted');
      }
      const result = this.failing(change) ?? this.#apply(change);
      this.applied.push(change);
      results.push(result);
    }
    return results;
  }

  #apply(change: Change): ChangeResult {
    switch (change.kind) {
      case 'replaceRoute':
        return this.#replaceRoute(change);
      case 'deleteRoute':
        return this.#deleteRoute(change);
      case 'replaceNextHop':
        if (!this.upLinks.has(change.linkIndex)) return refused('ENETDOWN');
        if ((this.objects.get(change.id)?.group.length ?? 0) > 0) return refused('EINVAL', 'Can not replace a group');
        this.objects.set(change.id, { ...change, group: [] });
        return OK;
      case 'replaceNextHopGroup':
        return this.#replaceGroup(change);
      case 'deleteNextHop':
        this.#deleteObject(change.id);
        return OK;
      default:
        throw new Error(`the toy kernel knows no ${change.kind}`);
    }
  }

  #replaceRoute(change: Extract<Change, { kind: 'replaceRoute' }>): ChangeResult {
    const { destination, nextHopId, linkIndex } = change;
    const object = nextHopId === undefined ? undefined : this.objects.get(nextHopId);
    if (nextHopId !== undefined && object === undefined) return refused('EINVAL', 'Nexthop id does not exist');
    if (nextHopId === undefined && (linkIndex === undefined || !this.upLinks.has(linkIndex)))
      return refused('ENETDOWN');
    const metric = change.metric ?? (destination.family === 6 ? 1024 : 0);
    const key = `${destination.network}/${destination.length} ${metric}`;
    if (change.exclusive === true && this.table.has(key)) return refused('EEXIST', 'File exists');
    this.table.set(key, {
      destination,
      linkIndex,
      gateway: change.gateway,
      preferredSource: change.preferredSource,
      protocol: change.protocol,
      scope: change.scope ?? 'global',
      onlink: change.onlink ?? false,
      metric,
      nextHopId,
      multipath: [],
    });
    return OK;
  }

  #deleteRoute(change: Extract<Change, { kind: 'deleteRoute' }>): ChangeResult {
    const { network, length } = change.destination;
    for (const [key, route] of this.table) {
      const { destination, protocol, metric } = route;
      if (destination.network !== network || destination.length !== length || protocol !== change.protocol) continue;
      // Metric 0 is the wildcard of both families' deletion.
      if (change.metric !== undefined && change.metric !== 0 && change.metric !== metric) continue;
      this.table.delete(key);
      return OK;
    }
    return OK;
  }

  #replaceGroup({ id, protocol, members }: Extract<Change, { kind: 'replaceNextHopGroup' }>): ChangeResult {
    for (const member of members) {
      const object = this.objects.get(member);
      if (object === undefined || object.group.length > 0) return refused('EINVAL', 'Invalid nexthop id');
    }
    if (members.length === 0) return refused('EINVAL', 'No nexthops');
    const old = this.objects.get(id);
    if (old !== undefined && old.group.length === 0) return refused('EINVAL', 'Can not replace a leaf');
    this.objects.set(id, { id, protocol, family: undefined, linkIndex: undefined, gateway: undefined, group: members });
    return OK;
  }

  #deleteObject(id: number): void {
    this.objects.delete(id);
    for (const [key, route] of this.table) if (route.nextHopId === id) this.table.delete(key);
    for (const [group, object] of this.objects) {
      if (!object.group.includes(id)) continue;
      const left = object.group.filter((member) => member !== id);
      if (left.length === 0) this.#deleteObject(group);
      else this.objects.set(group, { ...object, group: left });
    }
  }

  /** What happens when a device is deleted or set down. */
  setDown(link: number): void {
    this.upLinks.delete(link);
    for (const [id, object] of this.objects) if (object.linkIndex === link) this.#deleteObject(id);
    for (const [key, route] of this.table) {
      const inline = route.multipath.some((hop) => hop.linkIndex === link);
      if (route.linkIndex === link || inline) this.table.delete(key);
    }
  }

  /** Where packets to an address go: `via` texts, sorted; undefined without a route. */
  hopsTo(address: string, length: number): string[] | undefined {
    const routes = [...this.table.values()].filter(
      ({ destination }) => destination.network === address && destination.length === length,
    );
    const [best] = routes.sort((a, b) => a.metric - b.metric);
    if (best === undefined) return undefined;
    if (best.nextHopId === undefined) return [`${best.gateway} ${best.linkIndex}`];
    const object = this.objects.get(best.nextHopId);
    const leaves = object?.group.length === 0 ? [object] : object?.group.map((member) => this.objects.get(member));
    return (leaves ?? []).map((leaf) => `${leaf?.gateway} ${leaf?.linkIndex}`).sort();
  }

  async routes(filter: { readonly protocol?: number } = {}): Promise<Route[]> {
    this.dumps += 1;
    return [...this.table.values()].filter(
      ({ protocol }) => filter.protocol === undefined || protocol === filter.protocol,
    );
  }

  async nextHops(): Promise<NextHop[]> {
    return [...this.objects.values()];
  }
}
