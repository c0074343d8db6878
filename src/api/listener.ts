import type { Server } from 'node:http';
import { every } from '../async/every.ts';
import { ToldOnce } from '../async/told-once.ts';
import { errorText } from '../errors.ts';
import type { Logger } from '../log.ts';
import {
  closeToOthers,
  inspectSocketFile,
  listenOnSocketFile,
  removeSocketFile,
  type SocketFile,
} from './socket-file.ts';

interface ListenerOptions {
  /** Creates a server that does not listen yet. */
  readonly make: () => Server;
  /** Path of the socket. */
  readonly path: string;
  readonly log: Logger;
  /** How often the socket file is checked, in milliseconds. */
  readonly inspectMs: number;
  /** How long requests in progress may take after `close`, in milliseconds. */
  readonly closeMs: number;
  /** Called with the reason when the socket cannot be served, and with undefined when it can again. */
  readonly onTrouble: (message: string | undefined) => void;
}

/** Serves a socket file until closed, even when the file disappears. */
interface Listener {
  /** @throws FlockError `configurationInvalid` when the socket cannot be opened */
  listen(): Promise<void>;
  close(): Promise<void>;
}

export function createListener(options: ListenerOptions): Listener {
  const { make, path, log, onTrouble } = options;
  /** All that have not ended, including those whose file is gone while requests are still in progress. */
  const servers = new Set<Server>();
  let file: SocketFile | undefined;
  let endInspections = (): void => {};
  let inspecting: Promise<void> | undefined;
  const failures = new ToldOnce();

  async function listenAgain(): Promise<void> {
    const before = [...servers];
    const server = make();
    file = await listenOnSocketFile(server, path);
    servers.add(server);
    server.once('close', () => servers.delete(server));
    // Those accept no new connections, but finish what they have begun.
    for (const old of before) old.close();
  }

  async function inspect(own: SocketFile): Promise<void> {
    const found = await inspectSocketFile(path, own);
    if (found === 'opened') {
      await closeToOthers(path);
      log.warn({ path }, 'the socket was open to other users; only the owner may connect again');
    } else if (found !== 'own') {
      await listenAgain();
      log.warn({ path }, `the socket file was ${found}; flockd listens there again`);
    }
    failures.forget();
    onTrouble(undefined);
  }

  function inspectOnce(): void {
    if (file === undefined || inspecting !== undefined) return;
    inspecting = inspect(file)
      .catch((error: unknown) => {
        const message = errorText(error);
        if (failures.isNews(message)) log.error({ err: error }, `the socket cannot be served: ${message}`);
        onTrouble(message);
      })
      .finally(() => {
        inspecting = undefined;
      });
  }

  return {
    async listen() {
      await listenAgain();
      endInspections = every(options.inspectMs, inspectOnce);
    },
    async close() {
      endInspections();
      await inspecting;
      const own = file;
      file = undefined;
      const ending = [...servers].map((server) => closeServer(server, options.closeMs));
      if (own !== undefined) await removeSocketFile(path, own);
      await Promise.all(ending);
    },
  };
}

/** Resolves when the last connection has ended, or was closed at the deadline. */
function closeServer(server: Server, deadlineMs: number): Promise<void> {
  return new Promise((resolve) => {
    const deadline = setTimeout(() => server.closeAllConnections(), deadlineMs);
    server.once('close', () => {
      clearTimeout(deadline);
      resolve();
    });
    server.close();
  });
}
