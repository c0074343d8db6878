import { type ChildProcess, spawn } from 'node:child_process';

/** A process that a lab has started. */
export interface LabProcess {
  readonly pid: number;
  /** Everything written to standard output so far. */
  stdout(): string;
  /** Everything written to standard error so far. */
  stderr(): string;
  /** Sends a signal; does nothing when the process has ended. */
  kill(signal?: NodeJS.Signals): void;
  /** Whether the process has not ended yet. */
  running(): boolean;
  /**
   * Sends a signal and waits for the end, which SIGKILL brings when it has not come in time.
   * @param patienceMs until SIGKILL, in milliseconds
   * @returns the exit status; null when a signal ended it
   */
  stop(signal?: NodeJS.Signals, patienceMs?: number): Promise<number | null>;
  /** The exit status; null when a signal ended it. */
  readonly exited: Promise<number | null>;
}

export interface ProcessOptions {
  env?: Record<string, string>;
  stdin?: string;
}

/** What a command that has ended left behind. */
export interface CommandResult {
  code: number;
  stdout: string;
  stderr: string;
}

export interface CommandOptions extends ProcessOptions {
  /** Deadline in milliseconds; then the command is killed and the call fails. */
  timeoutMs?: number;
  /** Return a non-zero exit status instead of failing. */
  allowFailure?: boolean;
}

const DEFAULT_TIMEOUT_MS = 20_000;
const STOP_PATIENCE_MS = 5_000;

/**
 * Starts a process in a session of its own, so that a Ctrl-C at the terminal reaches the lab first and the lab ends it.
 * Fails when the program cannot be started at all.
 */
export function start(argv: readonly string[], options: ProcessOptions = {}): LabProcess {
  const [program, ...rest] = argv;
  if (program === undefined) throw new Error('start: an empty command');
  const child: ChildProcess = spawn(program, rest, {
    detached: true,
    env: { ...process.env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  // A program that ends without reading its input breaks the pipe; its exit status says what matters.
  child.stdin?.on('error', () => {});
  child.stdin?.end(options.stdin ?? '');
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('error', (error) => reject(new Error(`cannot start ${argv.join(' ')}: ${error.message}`)));
    child.once('close', (code) => resolve(code));
  });
  exited.catch(() => {}); // Whoever awaits it sees the failure; nobody has to.
  const running = (): boolean => child.pid !== undefined && child.exitCode === null && child.signalCode === null;
  const kill = (signal: NodeJS.Signals = 'SIGTERM'): void => {
    if (running()) child.kill(signal);
  };
  const stop = (signal?: NodeJS.Signals, patienceMs = STOP_PATIENCE_MS): Promise<number | null> => {
    kill(signal);
    const late = setTimeout(() => kill('SIGKILL'), patienceMs);
    return exited.finally(() => clearTimeout(late));
  };
  return { pid: child.pid ?? -1, stdout: () => stdout, stderr: () => stderr, kill, running, stop, exited };
}

/** Runs a command to its end. Fails on a non-zero exit status (unless allowed), on a signal and after the deadline. */
export async function run(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const child = start(argv, options);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill('SIGKILL');
  }, timeoutMs);
  const code = await child.exited.finally(() => clearTimeout(timer));
  const said = `${child.stdout()}${child.stderr()}`.trim();
  if (late) throw new Error(`${argv.join(' ')}: no end within ${timeoutMs} ms: ${said}`);
  if (code === null) throw new Error(`${argv.join(' ')}: ended by a signal: ${said}`);
  if (code !== 0 && options.allowFailure !== true) throw new Error(`${argv.join(' ')}: exit status ${code}: ${said}`);
  return { code, stdout: child.stdout(), stderr: child.stderr() };
}
