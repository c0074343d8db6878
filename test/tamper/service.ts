import { setTimeout as pause } from 'node:timers/promises';
import type { LabProcess } from '../lab/lab.ts';

/** How long a service may fail to start before that is an error, in milliseconds: flockd mends what is broken within seconds. */
const START_MS = 30_000;
/** Pause before it is started again, as `RestartSec` of a unit. */
const RESTART_MS = 500;

/** A program that is killed and started again, as by a supervisor. */
export class Service {
  readonly #name: string;
  readonly #spawn: () => LabProcess;
  readonly #answers: () => Promise<boolean>;
  readonly #lives: LabProcess[] = [];

  /** @param answers whether the one that runs does its work */
  constructor(name: string, spawn: () => LabProcess, answers: () => Promise<boolean>) {
    this.#name = name;
    this.#spawn = spawn;
    this.#answers = answers;
  }

  get running(): boolean {
    return this.#lives.at(-1)?.running() ?? false;
  }

  /** Starts it unless it runs, again and again while it ends at once. @throws Error when it does not answer in time */
  async start(): Promise<void> {
    const deadline = performance.now() + START_MS;
    for (;;) {
      if (!this.running) this.#lives.push(this.#spawn());
      while (this.running && performance.now() < deadline) {
        if (await this.#answers()) return;
        await pause(20);
      }
      if (performance.now() >= deadline) throw new Error(`${this.#name} does not start:\n${this.lastWords()}`);
      await pause(RESTART_MS);
    }
  }

  /** A crash. */
  async kill(): Promise<void> {
    await this.#lives.at(-1)?.stop('SIGKILL');
  }

  /** It hangs. */
  async freeze(): Promise<void> {
    this.#lives.at(-1)?.kill('SIGSTOP');
  }

  async thaw(): Promise<void> {
    this.#lives.at(-1)?.kill('SIGCONT');
  }

  /** An orderly end, and a start. */
  async restart(): Promise<void> {
    await this.#lives.at(-1)?.stop('SIGTERM', START_MS);
    await this.start();
  }

  /** Whether it runs, and the last lines that it has written, over all its lives. */
  lastWords(lines = 25): string {
    const said = this.#lives.map((life) => life.stderr()).join('');
    return `${this.#name} ${this.running ? 'runs' : 'has ended'}\n${said.trimEnd().split('\n').slice(-lines).join('\n')}`;
  }
}
