import { connect } from 'node:net';
import { eventually } from './eventually.ts';
import type { Namespace } from './namespace.ts';
import { type LabProcess, type ProcessOptions, run } from './process.ts';
import { sameMoments } from './same-moment.ts';

/** A real BIRD of a lab. */
export interface LabBird {
  /** Path of its control socket. */
  readonly socket: string;
  readonly configPath: string;
  readonly pid: number;
  /**
   * Runs one birdc command and returns what it prints, without the greeting line, and with times told as they were told
   * first (`sameMoments`).
   */
  birdc(command: string): Promise<string>;
  /** Ends it and waits for the end. SIGTERM is BIRD's orderly end, SIGKILL a crash. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again on the same files and waits until its socket greets. */
  start(): Promise<void>;
  /** What it has written to standard error. */
  log(): string;
}

/** Whether BIRD's socket accepts and greets (reply code 0001, "BIRD … ready"). */
function greets(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const client = connect(socket);
    client.setTimeout(1_000, () => client.destroy());
    client.on('data', (text) => {
      resolve(text.toString('latin1').startsWith('0001 '));
      client.destroy();
    });
    client.on('error', () => resolve(false));
    client.on('close', () => resolve(false));
  });
}

/** Starts BIRD on files that are in place already. `spawn` is the lab's, so that the lab ends what it starts. */
export async function startBird(
  spawn: (namespace: Namespace, argv: string[], options?: ProcessOptions) => LabProcess,
  namespace: Namespace,
  configPath: string,
  socket: string,
): Promise<LabBird> {
  let child: LabProcess;
  const start = async (): Promise<void> => {
    child = spawn(namespace, ['bird', '-f', '-c', configPath, '-s', socket]);
    const waiting = eventually(
      async () => !child.running() || (await greets(socket)),
      `BIRD in ${namespace.name} greets on ${socket}`,
    );
    await waiting.catch((error: unknown) => {
      child.kill('SIGKILL');
      throw error;
    });
    if (child.running()) return;
    await child.exited;
    throw new Error(`bird in ${namespace.name} ended: ${child.stderr().trim()}`);
  };
  await start();
  return {
    socket,
    configPath,
    get pid() {
      return child.pid;
    },
    birdc: async (command) => {
      const { stdout } = await run(['birdc', '-s', socket, ...command.split(' ').filter((word) => word !== '')]);
      return sameMoments(stdout.replace(/^BIRD [^\n]* ready\.\n/, ''));
    },
    stop: async (signal) => {
      await child.stop(signal);
    },
    start,
    log: () => child.stderr(),
  };
}
