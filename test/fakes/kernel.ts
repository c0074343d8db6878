import { FlockError } from '../../src/errors.ts';
import {
  type Change,
  type ChangeResult,
  type ForwardFilter,
  type HostChange,
  type HostInterest,
  type Kernel,
  KernelError,
  type Link,
  type LinkAddress,
  type LinkSettings,
  type NamespaceHandle,
  type Neighbour,
  type NextHop,
  type PodQuestion,
  type PodSight,
  type Route,
  type RouteTaken,
  type RouteTo,
} from '../../src/kernel/ports.ts';
import type { Address } from '../../src/model/address.ts';
import { FakeNamespace } from './kernel-namespace.ts';
import { removeLink } from './kernel-tables.ts';

export { FakeNamespace } from './kernel-namespace.ts';

/**
 * A kernel in memory that behaves as the real one where flockd looks; a test in test/netns holds the two together.
 * Misuse (a closed handle, a descriptor that is no namespace's) throws.
 */
export class FakeKernel implements Kernel {
  readonly host: FakeNamespace;
  readonly #byPath = new Map<string, { namespace: FakeNamespace; inode: bigint }>();
  readonly #handles = new Map<number, FakeNamespace>();
  readonly #listeners = new Set<(change: HostChange) => void>();
  #nextInode = 4026531840n;
  #nextFd = 100;

  constructor() {
    this.host = this.#make();
  }

  #make(): FakeNamespace {
    const changed = (): void => {
      for (const listener of [...this.#listeners]) queueMicrotask(() => listener({ ...NOTHING, links: true }));
    };
    // Only the host's links are told of, but a veth that goes with its pod is one of them: telling too often is allowed.
    return new FakeNamespace((fd) => this.#handles.get(fd)?.tables, changed);
  }

  /** Makes a pod's sandbox reachable under a path. */
  addNamespace(path: string): FakeNamespace {
    const namespace = this.#make();
    this.#byPath.set(path, { namespace, inode: this.#nextInode++ });
    return namespace;
  }

  /** The path leads nowhere any more; the pod's ends of all veths go, unless a handle still holds the namespace. */
  removeNamespace(path: string): void {
    const entry = this.#byPath.get(path);
    if (entry === undefined) throw new Error(`no fake namespace at ${path}`);
    this.#byPath.delete(path);
    if ([...this.#handles.values()].includes(entry.namespace)) return;
    vanish(entry.namespace);
  }

  /** How many handles have not been closed. */
  get openHandles(): number {
    return this.#handles.size;
  }

  openNamespace(path: string): NamespaceHandle {
    const entry = this.#byPath.get(path);
    if (entry === undefined) {
      throw new FlockError(
        'sandboxUnknown',
        `no pod's network namespace at ${JSON.stringify(path)}: there is no such file`,
      );
    }
    const fd = this.#nextFd++;
    this.#handles.set(fd, entry.namespace);
    return new FakeHandle(fd, entry.inode, entry.namespace, () => {
      this.#handles.delete(fd);
      const held = [...this.#handles.values()].includes(entry.namespace) || this.#byPath.get(path) === entry;
      if (!held) vanish(entry.namespace);
    });
  }

  /** How often each path was looked into. */
  readonly looks = new Map<string, number>();

  lookIntoPod(path: string, question: PodQuestion): PodSight | undefined {
    this.looks.set(path, (this.looks.get(path) ?? 0) + 1);
    return this.#byPath.get(path)?.namespace.sight(question);
  }

  onHostChange(_interest: HostInterest, listener: (change: HostChange) => void): () => void {
    const own = (change: HostChange): void => listener(change);
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  /** Calls every listener, as after a change of links. */
  announceLinkChange(): void {
    this.announce({ links: true });
  }

  /** Calls every listener. What a test changes in the tables is announced by the test alone. */
  announce(change: Partial<HostChange>): void {
    for (const listener of [...this.#listeners]) listener({ ...NOTHING, ...change });
  }

  close(): void {
    this.#listeners.clear();
  }
}

const NOTHING: HostChange = { links: false, ends: new Set(), routes: false, host: false, sysctls: false, lost: false };

/** The namespace ceases to be: its devices, and with them the host's ends of its veths. */
function vanish(namespace: FakeNamespace): void {
  const veths = [...namespace.tables.links.values()].filter((link) => link.kind === 'veth');
  for (const link of veths) removeLink(namespace.tables, link);
}

class FakeHandle implements NamespaceHandle {
  readonly inode: bigint;
  readonly #fd: number;
  readonly #namespace: FakeNamespace;
  #release: (() => void) | undefined;

  constructor(fd: number, inode: bigint, namespace: FakeNamespace, release: () => void) {
    this.#fd = fd;
    this.inode = inode;
    this.#namespace = namespace;
    this.#release = release;
  }

  get fd(): number {
    this.#open();
    return this.#fd;
  }

  #open(): FakeNamespace {
    if (this.#release === undefined) throw new KernelError('the network namespace has been closed');
    return this.#namespace;
  }

  async apply(changes: readonly Change[]): Promise<ChangeResult[]> {
    return this.#open().apply(changes);
  }

  async removeLink(linkIndex: number): Promise<ChangeResult> {
    return this.#open().removeLink(linkIndex);
  }

  async link(name: string): Promise<Link | undefined> {
    return this.#open().link(name);
  }

  async untilRunning(linkIndex: number): Promise<boolean> {
    return this.#open().untilRunning(linkIndex);
  }

  async links(): Promise<Link[]> {
    return this.#open().links();
  }

  async addresses(linkIndex?: number): Promise<LinkAddress[]> {
    return this.#open().addresses(linkIndex);
  }

  async routes(filter?: { readonly protocol?: number }): Promise<Route[]> {
    return this.#open().routes(filter);
  }

  async nearRoutes(): Promise<Route[]> {
    return this.#open().nearRoutes();
  }

  async routesTaken(addresses: readonly Address[]): Promise<ReadonlyMap<Address, RouteTaken>> {
    return this.#open().routesTaken(addresses);
  }

  async neighbours(linkIndex?: number): Promise<Neighbour[]> {
    return this.#open().neighbours(linkIndex);
  }

  async nextHops(): Promise<NextHop[]> {
    return this.#open().nextHops();
  }

  async routeTo(address: Address): Promise<RouteTo | undefined> {
    return this.#open().routeTo(address);
  }

  async forwardFilter(known?: number): Promise<ForwardFilter | undefined> {
    return this.#open().forwardFilter(known);
  }

  async routeEntry(address: Address): Promise<Route | undefined> {
    return this.#open().routeEntry(address);
  }

  async linkSettings(): Promise<ReadonlyMap<number, LinkSettings>> {
    return this.#open().linkSettings();
  }

  readSysctl(path: string): string | undefined {
    return this.#open().readSysctl(path);
  }

  readSysctlAgain(path: string): string | undefined {
    return this.#open().readSysctlAgain(path);
  }

  writeSysctl(path: string, value: string): void {
    this.#open().writeSysctl(path, value);
  }

  close(): void {
    const release = this.#release;
    this.#release = undefined;
    release?.();
  }
}
