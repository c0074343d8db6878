import { FlockError } from '../errors.ts';
import type { Change } from '../kernel/ports.ts';
import { familyOf } from '../model/address.ts';
import { hopKey, memberKey } from './forms.ts';
import type { RouteModel } from './model.ts';
import { type DesiredRoutes, type Hop, nextHopIdRange } from './types.ts';

/** The next hop objects that one plan reuses and creates. */
export class NextHopDraft {
  readonly leaves: Change[] = [];
  readonly groups: Change[] = [];
  readonly #model: RouteModel;
  #leafIds: Map<string, number> | undefined;
  #groupIds: Map<string, number> | undefined;
  #nextId: number;

  constructor(model: RouteModel) {
    this.#model = model;
    this.#nextId = nextHopIdRange(model.protocol).first;
  }

  /** Gives a group that exists other members: all its routes follow with this one change. */
  moveGroup(id: number, hops: readonly Hop[]): void {
    const ids = this.#knownGroups();
    const before = this.#model.groupKey(id);
    // No other route may be given this group for its former hops.
    if (before !== undefined && ids.get(before) === id) ids.delete(before);
    this.#putGroup(
      id,
      hops.map((hop) => this.#leafFor(hop)),
      hops,
    );
  }

  /** The id of a group of exactly these hops, which is created if there is none. */
  groupFor(hops: readonly Hop[]): number {
    const known = this.#knownGroups().get(memberKey(hops.map(hopKey)));
    if (known !== undefined) return known;
    const members = hops.map((hop) => this.#leafFor(hop));
    const id = this.#freshId();
    this.#putGroup(id, members, hops);
    return id;
  }

  #putGroup(id: number, members: readonly number[], hops: readonly Hop[]): void {
    const { protocol } = this.#model;
    this.groups.push({ kind: 'replaceNextHopGroup', id, protocol, members });
    this.#knownGroups().set(memberKey(hops.map(hopKey)), id);
  }

  #leafFor(hop: Hop): number {
    const key = hopKey(hop);
    const known = this.#knownLeaves().get(key);
    if (known !== undefined) return known;
    const id = this.#freshId();
    const { via: gateway, linkIndex } = hop;
    const { protocol } = this.#model;
    this.leaves.push({ kind: 'replaceNextHop', id, protocol, family: familyOf(gateway), linkIndex, gateway });
    this.#knownLeaves().set(key, id);
    return id;
  }

  #knownLeaves(): Map<string, number> {
    if (this.#leafIds === undefined) {
      this.#leafIds = new Map();
      for (const [id, hop] of this.#model.leaves) if (hop !== undefined) this.#leafIds.set(hopKey(hop), id);
    }
    return this.#leafIds;
  }

  #knownGroups(): Map<string, number> {
    if (this.#groupIds === undefined) {
      this.#groupIds = new Map();
      for (const id of this.#model.groups.keys()) {
        const key = this.#model.groupKey(id);
        if (key !== undefined) this.#groupIds.set(key, id);
      }
    }
    return this.#groupIds;
  }

  /** The lowest free id in our range. */
  #freshId(): number {
    const { last } = nextHopIdRange(this.#model.protocol);
    while (!this.#model.isFree(this.#nextId)) this.#nextId += 1;
    const id = this.#nextId;
    this.#nextId += 1;
    if (id > last) throw new FlockError('internal', `no next hop id up to ${last} is free for a route`);
    return id;
  }
}

/**
 * Groups whose routes are all to lead through one and the same other set of several hops that has no group yet.
 * Changing such a group changes all its routes at once.
 * @returns the hops, by the group's id.
 */
export function groupsThatMoveWhole(model: RouteModel, desired: DesiredRoutes): Map<number, readonly Hop[]> {
  const moves = new Map<number, { key: string; hops: readonly Hop[]; users: number; alike: boolean }>();
  for (const [address, hops] of desired) {
    const form = model.routes.get(address);
    if (form?.kind !== 'object' || !model.groups.has(form.id)) continue;
    const key = memberKey(hops.map(hopKey));
    const move = moves.get(form.id);
    if (move === undefined) moves.set(form.id, { key, hops, users: 1, alike: true });
    else {
      move.users += 1;
      move.alike &&= move.key === key;
    }
  }
  const whole = new Map<number, readonly Hop[]>();
  if (moves.size === 0) return whole;
  const taken = new Set([...model.groups.keys()].map((id) => model.groupKey(id)));
  for (const [id, { key, hops, users, alike }] of moves) {
    if (!alike || users < model.usersOf(id) || hops.length < 2 || taken.has(key)) continue;
    taken.add(key);
    whole.set(id, hops);
  }
  return whole;
}
