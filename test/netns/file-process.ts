import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { eventually } from '../lab/eventually.ts';

const WORKER = fileURLToPath(new URL('file-worker.ts', import.meta.url));

/** A process takes seconds to start on a busy machine. */
const START_MS = 30_000;

/** Less than the 10 seconds after which everything is looked at without an event. */
const SOON_MS = 9_000;

/** What is known in the process. */
interface Known {
  /** Of pods, `name:ready` or `name:not`; of templates, the names of the operator's. */
  readonly known: readonly string[];
  readonly problems: readonly string[];
}

/** Manifests or templates are watched in a process with private namespaces; what it mounts and limits goes with it. */
export class FileProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  #output = '';
  #errors = '';

  /** @param unshare options of unshare(1) that say which namespaces are private. */
  constructor(what: 'manifests' | 'templates', folder: string, unshare: readonly string[], before = ':') {
    const run = `${before}; exec "$@"`;
    const argv = [...unshare, 'sh', '-ec', run, 'sh', process.execPath, WORKER, what, folder];
    this.#child = spawn('unshare', argv, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text;
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#errors += text;
    });
  }

  /** Everything that was known, one after the other. */
  get history(): readonly Known[] {
    const lines = this.#output.split('\n').slice(0, -1);
    return lines.filter((line) => line.startsWith('{')).map((line): Known => JSON.parse(line));
  }

  /** Waits until these are known, and a problem that matches, or none. */
  async knows(wanted: readonly string[], problem?: RegExp): Promise<void> {
    const fits = (): boolean => {
      const known = this.history.at(-1);
      if (known === undefined || known.known.join() !== wanted.join()) return false;
      return problem === undefined ? known.problems.length === 0 : known.problems.some((each) => problem.test(each));
    };
    const what = (): string => `${wanted} with ${problem ?? 'no problem'}`;
    try {
      await eventually(fits, what(), this.history.length === 0 ? START_MS : SOON_MS);
    } catch (error) {
      throw new Error(`${what()}: ${this.#errors}${JSON.stringify(this.history)}`, { cause: error });
    }
  }

  /** Has the process carry out a command of the shell in its namespaces. */
  async run(command: string): Promise<void> {
    const count = (): number => this.#output.split('\n').filter((line) => line.startsWith('done ')).length;
    const before = count();
    this.#child.stdin?.write(`${command}\n`);
    await eventually(() => count() > before, `the end of: ${command}`, START_MS);
    const done = this.#output.split('\n').findLast((line) => line.startsWith('done '));
    if (!done?.startsWith('done 0')) throw new Error(`${command}: ${done}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('close', resolve));
    this.#child.kill('SIGKILL');
    if (this.#child.exitCode === null && this.#child.signalCode === null) await ended;
  }
}
