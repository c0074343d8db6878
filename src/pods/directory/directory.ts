import { FlockError } from '../../errors.ts';
import { isSamePod, type PodRef, podId } from '../../model/attachment.ts';
import type { Pod, PodSnapshot, PodSource, Readiness, WiredPod } from '../pod-source.ts';
import { runProbe } from '../probes/probe.ts';
import { probeJobs, probeStandings } from '../probes/probe-jobs.ts';
import { ProbeRunner } from '../probes/probe-runner.ts';
import { readinessOf } from '../readiness.ts';
import { WiredPods } from '../wired-pods.ts';
import { type Catalogue, catalogueOf } from './catalogue.ts';
import { ManifestFolder } from './manifest-folder.ts';
import { ManifestWatch } from './manifest-watch.ts';
import { sourceProblems } from './source-problems.ts';

/** What the directory source needs. */
interface DirectorySourceOptions {
  /** Folder of the manifests. */
  readonly directory: string;
  /** Milliseconds of a monotonic clock. */
  readonly now?: () => number;
}

/** Pods described by manifests in a folder owned by root; their probes are run from here. */
export class DirectoryPodSource implements PodSource {
  readonly #directory: string;
  readonly #folder: ManifestFolder;
  readonly #watch: ManifestWatch;
  readonly #wired = new WiredPods();
  readonly #runner: ProbeRunner;
  readonly #listeners = new Set<() => void>();
  #catalogue: Catalogue = catalogueOf([]);
  #snapshot: PodSnapshot = { synced: false, pods: new Map(), problems: [] };

  constructor({ directory, now = () => performance.now() }: DirectorySourceOptions) {
    this.#directory = directory;
    this.#folder = new ManifestFolder(directory, now, [0, process.getuid?.() ?? 0]);
    this.#watch = new ManifestWatch(directory, this.#folder, now, () => this.#update());
    const onDecision = (): void => this.#notify();
    this.#runner = new ProbeRunner({ run: runProbe, now, onDecision });
  }

  async start(): Promise<void> {
    this.#watch.start();
  }

  snapshot(): PodSnapshot {
    return this.#snapshot;
  }

  async lookup(pod: PodRef): Promise<Pod | undefined> {
    const id = podId(pod);
    await this.#watch.readFresh({ file: this.#catalogue.files.get(id) });
    const found = this.#take(pod);
    if (found !== undefined) return found;
    // It may be in a file that is known with other contents, and of whose change no event has arrived.
    await this.#watch.readFresh('all');
    const late = this.#take(pod);
    if (late === undefined) this.#refuseUnknown();
    return late;
  }

  readiness(pod: PodRef): Readiness | undefined {
    const manifest = this.#catalogue.manifests.get(podId(pod));
    if (manifest === undefined || !isSamePod(manifest.pod, pod)) return undefined;
    const probes = probeStandings(manifest, (jobId) => this.#runner.state(jobId));
    return readinessOf(manifest, { wired: this.#wired.find(manifest.pod) !== undefined, probes });
  }

  setWired(pods: readonly WiredPod[]): void {
    if (!this.#wired.replace(pods, performance.now())) return;
    this.#runProbes();
    this.#notify();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async stop(): Promise<void> {
    this.#listeners.clear();
    this.#watch.stop();
    await this.#runner.stop();
  }

  /** The pod as last read, which counts from now on, since its ADD uses it. */
  #take(pod: PodRef): Pod | undefined {
    const id = podId(pod);
    const latest = this.#folder.latest(id);
    if (latest !== undefined && isSamePod(latest.manifest.pod, pod)) {
      if (this.#folder.accept(latest.file, id)) this.#update();
      return latest.manifest.pod;
    }
    const found = this.#catalogue.manifests.get(id)?.pod;
    return found !== undefined && isSamePod(found, pod) ? found : undefined;
  }

  /** @throws FlockError `tryAgainLater` when a pod that was not found may still have a manifest. */
  #refuseUnknown(): void {
    const { state } = this.#folder;
    if (state.kind === 'listed' || (state.kind === 'missing' && !state.known)) return;
    const [problem] = sourceProblems(this.#directory, state, this.#catalogue.manifests.size, undefined);
    throw new FlockError(
      'tryAgainLater',
      problem?.message ?? `the manifests in ${this.#directory} have not been read yet`,
    );
  }

  /** Recomputes the published view. */
  #update(): void {
    const { state, records } = this.#folder;
    this.#catalogue = catalogueOf(records);
    const pods = new Map([...this.#catalogue.manifests].map(([id, { pod }]) => [id, pod]));
    const problems = sourceProblems(this.#directory, state, pods.size, this.#watch.fault);
    const synced = this.#snapshot.synced || state.known || state.kind === 'missing';
    this.#snapshot = { synced, pods, problems: [...problems, ...this.#catalogue.problems] };
    this.#runProbes();
    this.#notify();
  }

  #runProbes(): void {
    this.#runner.update(probeJobs(this.#catalogue.manifests.values(), (pod) => this.#wired.find(pod)));
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }
}
