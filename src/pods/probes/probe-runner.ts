import type { Probe, WiredPod } from '../pod-source.ts';
import type { RunProbe } from './probe.ts';
import { afterRun, firstRunDelay, newProbeState, nextRunDelay, type ProbeState } from './probe-state.ts';

/** One probe that should be running. */
export interface ProbeJob {
  /** Unique among the probes of all pods, and constant while pod and container are. */
  readonly id: string;
  readonly probe: Probe;
  readonly pod: WiredPod;
  /** The pod was wired before the daemon started. */
  readonly inherited: boolean;
  /** When the pod was wired, in milliseconds of the runner's clock. A different time means a different wiring. */
  readonly wiredAt: number;
}

/** What the runner acts through. */
interface ProbeRunnerPorts {
  readonly run: RunProbe;
  /** Milliseconds of a monotonic clock. */
  now(): number;
  /** The result of a probe has been decided, or has changed. */
  onDecision(): void;
}

interface Running {
  job: ProbeJob;
  state: ProbeState;
  timer: NodeJS.Timeout | undefined;
  /** The run in progress. */
  run: Promise<void> | undefined;
  readonly ending: AbortController;
}

/** Runs probes on time; the runs of each one never overlap. */
export class ProbeRunner {
  readonly #ports: ProbeRunnerPorts;
  readonly #running = new Map<string, Running>();
  /** Runs of removed probes, until they have ended. */
  readonly #leaving = new Set<Promise<void>>();
  #stopped = false;

  constructor(ports: ProbeRunnerPorts) {
    this.#ports = ports;
  }

  /**
   * Replaces the set of probes. An existing one continues; one whose manifest has changed runs at once, and its last
   * decision holds until it decides differently. A pod that was wired again starts over.
   */
  update(jobs: readonly ProbeJob[]): void {
    const wanted = new Map(this.#stopped ? [] : jobs.map((job) => [job.id, job]));
    for (const [id, running] of this.#running) {
      const job = wanted.get(id);
      if (job?.wiredAt === running.job.wiredAt) continue;
      this.#end(running);
      this.#running.delete(id);
    }
    for (const job of wanted.values()) {
      const running = this.#running.get(job.id);
      if (running === undefined) this.#begin(job, newProbeState(job.inherited));
      else if (sameProbe(running.job, job)) running.job = job;
      else {
        this.#end(running);
        this.#begin(job, { ...running.state, successes: 0, failures: 0 }, 0);
      }
    }
  }

  /** The result of a probe's runs; undefined: it is not running. */
  state(id: string): ProbeState | undefined {
    return this.#running.get(id)?.state;
  }

  /** Stops all probes for good; when it resolves, nothing of them remains. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.update([]);
    await Promise.all(this.#leaving);
  }

  #begin(job: ProbeJob, state: ProbeState, delay?: number): void {
    const running: Running = { job, state, timer: undefined, run: undefined, ending: new AbortController() };
    this.#running.set(job.id, running);
    this.#schedule(running, delay ?? firstRunDelay(job.probe, job.inherited, this.#ports.now() - job.wiredAt));
  }

  #end(running: Running): void {
    clearTimeout(running.timer);
    running.ending.abort();
    const { run } = running;
    if (run === undefined) return;
    this.#leaving.add(run);
    void run.finally(() => this.#leaving.delete(run));
  }

  #schedule(running: Running, delay: number): void {
    running.timer = setTimeout(() => {
      running.run = this.#runOnce(running);
    }, delay);
  }

  async #runOnce(running: Running): Promise<void> {
    const { job, ending } = running;
    const startedAt = this.#ports.now();
    const result = await this.#ports.run(job.probe, job.pod, ending.signal);
    if (ending.signal.aborted) return;
    const before = running.state.ready;
    running.state = afterRun(running.state, result, job.probe);
    this.#schedule(running, nextRunDelay(job.probe, this.#ports.now() - startedAt));
    if (running.state.ready !== before) this.#ports.onDecision();
  }
}

function sameProbe(a: ProbeJob, b: ProbeJob): boolean {
  return JSON.stringify(a.probe) === JSON.stringify(b.probe);
}
