import { DirectoryPodSource } from '../../../../src/pods/directory/directory.ts';
import type { Pod, Readiness } from '../../../../src/pods/pod-source.ts';
import { TempFolder } from '../../../fakes/temp-folder.ts';
import { eventually } from '../../../lab/eventually.ts';

/** A real folder and a source that watches it; both gone when the test ends. */
export class DirectoryRig implements AsyncDisposable {
  readonly folder = new TempFolder();
  readonly source: DirectoryPodSource;
  changes = 0;

  constructor(directory?: string) {
    this.source = new DirectoryPodSource({ directory: directory ?? this.folder.path });
    this.source.onChange(() => {
      this.changes += 1;
    });
  }

  static async start(files: Record<string, string> = {}): Promise<DirectoryRig> {
    const rig = new DirectoryRig();
    for (const [name, text] of Object.entries(files)) rig.folder.write(name, text);
    await rig.source.start();
    return rig;
  }

  /** Names of the known pods, sorted. */
  names(): string {
    return [...this.source.snapshot().pods.keys()].sort().join(' ');
  }

  /** Codes of the problems. */
  problems(): string {
    return this.source
      .snapshot()
      .problems.map(({ code }) => code)
      .join(' ');
  }

  pod(name: string): Pod | undefined {
    return this.source.snapshot().pods.get(`default/${name}`);
  }

  readiness(name: string, uid?: string): Readiness | undefined {
    return this.source.readiness({ namespace: 'default', name, uid });
  }

  /** Waits until the known pods are exactly these. */
  async knows(names: string): Promise<void> {
    await eventually(() => this.names() === names, `the pods are "${names}", not "${this.names()}"`, 3_000);
  }

  /** Waits until a pod's readiness is this: `ready`, or the reason. */
  async becomes(name: string, wanted: string, timeoutMs = 3_000): Promise<void> {
    const now = (): string => {
      const readiness = this.readiness(name);
      return readiness === undefined ? 'unknown' : readiness.ready ? 'ready' : readiness.reason;
    };
    await eventually(() => now() === wanted, `${name} is ${wanted}, not ${now()}`, timeoutMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.source.stop();
    this.folder[Symbol.dispose]();
  }
}
