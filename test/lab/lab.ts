import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type LabBird, startBird } from './bird.ts';
import { forgetLab, rememberLab } from './cleanup.ts';
import { insideOf, joinNamespaces, type Namespace } from './namespace.ts';
import {
  deleteNamespaces,
  endMarkedProcesses,
  MARKER,
  NETNS_FOLDER,
  ownToken,
  reapOrphans,
  unmountBelow,
} from './ownership.ts';
import { type LabProcess, type ProcessOptions, run, start } from './process.ts';

export type { LabBird } from './bird.ts';
export { eventually } from './eventually.ts';
export type { Namespace } from './namespace.ts';
export { type CommandOptions, type CommandResult, type LabProcess, run } from './process.ts';

/** Whether this process may make network namespaces. Tests that need them are skipped, by name, without it. */
export const isRoot: boolean = process.geteuid?.() === 0;

/** Above what the kernel hands out by itself in a namespace of a test. */
const FIRST_LINK_INDEX = 100_000;

/**
 * A world of private network namespaces, processes and files that vanishes as a whole: at its disposal, when this process
 * exits for whatever reason that it can see, and otherwise at the next `Lab.create` of anybody.
 */
export class Lab implements AsyncDisposable {
  /** Unique among all living labs of this machine. */
  readonly id: string;
  /** A fresh temporary folder. */
  readonly dir: string;
  readonly #namespaces = new Map<string, Namespace>();
  readonly #processes: LabProcess[] = [];
  #links = 0;
  #disposed = false;

  private constructor(id: string, dir: string) {
    this.id = id;
    this.dir = dir;
  }

  /** Makes an empty lab. `purpose` shows in the name of its folder. */
  static async create(purpose: string): Promise<Lab> {
    if (!isRoot) throw new Error(`lab ${purpose}: network namespaces need root`);
    reapOrphans();
    const id = nextId();
    const dir = await mkdtemp(join(tmpdir(), `flocklab-${id}-${purpose.replace(/[^a-z0-9]+/gi, '-').slice(0, 20)}-`));
    const lab = new Lab(id, dir);
    rememberLab(lab);
    return lab;
  }

  /**
   * Makes a network namespace, as `ip netns add` does, and sets its loopback up (unless told otherwise: container
   * runtimes hand over a loopback that is down). The label is for people and must be unique in the lab.
   */
  async namespace(label: string, options: { loopback?: 'up' | 'down' } = {}): Promise<Namespace> {
    const name = `fl${this.id}-${label}`;
    if (this.#namespaces.has(name)) throw new Error(`lab: a second namespace ${label}`);
    const namespace: Namespace = {
      name,
      label,
      path: join(NETNS_FOLDER, name),
      exec: (argv, commandOptions = {}) =>
        run(insideOf(namespace, argv), { ...commandOptions, env: { ...commandOptions.env, [MARKER]: this.id } }),
    };
    this.#namespaces.set(name, namespace);
    await run(['ip', 'netns', 'add', name]);
    if (options.loopback !== 'down') await run(['ip', '-n', name, 'link', 'set', 'lo', 'up']);
    return namespace;
  }

  /** Deletes one namespace now, with what runs in it, as a vanishing sandbox does. */
  deleteNamespace(namespace: Namespace): void {
    this.#namespaces.delete(namespace.name);
    deleteNamespaces([namespace.name]);
  }

  /** Joins two namespaces with a veth pair that is usable in both families when this returns. */
  async connect(
    a: Namespace,
    aInterface: string,
    b: Namespace,
    bInterface: string,
    addresses: { a?: readonly string[]; b?: readonly string[] } = {},
  ): Promise<void> {
    await joinNamespaces(
      { namespace: a, name: aInterface, addresses: addresses.a ?? [] },
      { namespace: b, name: bInterface, addresses: addresses.b ?? [] },
      FIRST_LINK_INDEX + this.#links++,
    );
  }

  /**
   * Writes the configuration and starts a real BIRD on it, in the foreground; returns when its control socket greets.
   * `configPath` and `socket` default to files named after the namespace in the lab's folder.
   */
  async bird(
    namespace: Namespace,
    config: string,
    options: { name?: string; configPath?: string; socket?: string } = {},
  ): Promise<LabBird> {
    const name = options.name ?? `bird-${namespace.label}`;
    const configPath = options.configPath ?? join(this.dir, `${name}.conf`);
    const socket = options.socket ?? join(this.dir, `${name}.ctl`);
    for (const path of [configPath, socket]) {
      if (existsSync(path)) throw new Error(`lab: ${path} is there already; give the second BIRD a name`);
      await mkdir(dirname(path), { recursive: true });
    }
    await writeFile(configPath, config);
    return startBird(
      (inside, argv, spawnOptions) => this.spawn(inside, argv, spawnOptions),
      namespace,
      configPath,
      socket,
    );
  }

  /** Starts a process, inside a namespace if one is given. The lab ends it at the latest. */
  spawn(
    namespace: Namespace | undefined,
    argv: readonly string[],
    options: ProcessOptions & { name?: string } = {},
  ): LabProcess {
    if (this.#disposed) throw new Error('lab: already disposed');
    const child = start(insideOf(namespace, argv), { ...options, env: { ...options.env, [MARKER]: this.id } });
    this.#processes.push(child);
    return child;
  }

  /** Mounts a small file system in memory over a folder below {@link dir}. The lab takes it away. */
  async mountDisk(folder: string, options: string): Promise<void> {
    await run(['mount', '-t', 'tmpfs', '-o', options, 'flocklab', folder]);
  }

  /** Ends processes, namespaces and files without waiting: for the exit of this process. */
  disposeNow(): void {
    this.#disposed = true;
    for (const child of this.#processes) child.kill('SIGKILL');
    deleteNamespaces([...this.#namespaces.keys()]);
    endMarkedProcesses(this.id);
    unmountBelow(this.dir);
  }

  /** Ends processes by their id, deletes the namespaces and the folder. Calling it again does nothing. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const child of this.#processes) child.kill('SIGKILL');
    await Promise.allSettled(this.#processes.map((child) => child.exited));
    endMarkedProcesses(this.id);
    unmountBelow(this.dir);
    try {
      deleteNamespaces([...this.#namespaces.keys()]);
    } finally {
      await rm(this.dir, { recursive: true, force: true });
      forgetLab(this);
    }
  }
}

/** Counts labs of this process, across module registries: a test runner may load this file more than once. */
function nextId(): string {
  const store: { flockLabCount?: number } = globalThis as object;
  store.flockLabCount = (store.flockLabCount ?? 0) + 1;
  return `${ownToken()}${store.flockLabCount.toString(36)}`;
}
