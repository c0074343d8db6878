import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';

/** How a run of the plugin ended. */
export interface PluginRun {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  /** Whole run in milliseconds, from before the start to after the end. */
  readonly ms: number;
}

/** What a runtime sets for an ADD. */
export const ADD_ENV = {
  CNI_COMMAND: 'ADD',
  CNI_CONTAINERID: 'c0ffee',
  CNI_NETNS: '/run/netns/a',
  CNI_IFNAME: 'eth0',
  CNI_ARGS: 'IgnoreUnknown=1;K8S_POD_NAME=web',
  CNI_PATH: '/opt/cni/bin',
};

/**
 * Runs a plugin to its end. `stdin` undefined leaves the standard input open. `whileRunning` gets the process id.
 */
export function runPlugin(
  plugin: string,
  env: Readonly<Record<string, string>>,
  stdin: string | Uint8Array | undefined,
  whileRunning: (pid: number) => void = () => {},
): Promise<PluginRun> {
  return new Promise((resolve, reject) => {
    const begin = performance.now();
    const child = spawn(plugin, [], {
      env,
      stdio: ['pipe', 'pipe', 'inherit'],
      timeout: 10_000,
      killSignal: 'SIGKILL',
    });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    // A plugin that ends without reading everything breaks the pipe; its answer says what matters.
    child.stdin.on('error', () => {});
    child.on('error', reject);
    child.on('close', (status, signal) => {
      child.stdin.destroy();
      resolve({ status, signal, stdout: Buffer.concat(chunks).toString(), ms: performance.now() - begin });
    });
    if (stdin !== undefined) child.stdin.end(stdin);
    if (child.pid !== undefined) whileRunning(child.pid);
  });
}

/** A program on a unix socket that is free to misbehave. Where `serve` fails the connection is closed without a word. */
export async function rawServer(
  path: string,
  serve: (socket: Socket) => void | Promise<void>,
): Promise<AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    Promise.resolve(serve(socket)).catch(() => socket.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject);
    server.listen(path, resolve);
  });
  return {
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      rmSync(path, { force: true });
    },
  };
}

/** The first request on a socket, once its body is as long as it said. */
export function readRequest(socket: Socket): Promise<{ head: string; body: Buffer }> {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    socket.on('close', () => reject(new Error('the plugin closed before the end of its request')));
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      const end = received.indexOf('\r\n\r\n');
      if (end < 0) return;
      const head = received.subarray(0, end).toString('latin1');
      const length = Number(/^content-length: (\d+)$/im.exec(head)?.[1]);
      const body = received.subarray(end + 4);
      if (body.length >= length) resolve({ head, body });
    });
  });
}
