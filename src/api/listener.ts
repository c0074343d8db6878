import type { Server } from 'node:http';
import { every } from '../async/every.ts';
import { errorText } from '../errors.ts';
import type { Logger } from '../log.ts';
import {
  closeToOthers,
  listenOnSocketFile,
  lookAtSocketFile,
  removeSocketFile,
  type SocketFile,
} from './socket-file.ts';

export interface ListenerOptions {
  /** Makes a server that does not listen yet. */
  readonly make: () => Server;
  /** Path of the socket. */
  readonly path: string;
  readonly log: Logger;
  /** How often the socket file is looked at, in milliseconds. */
  readonly lookMs: number;
  /** How long requests in progress may take after `close`, in milliseconds. */
  readonly closeMs: number;
  /** Told why the socket cannot be served, and undefined when it can again. */
  readonly onTrouble: (message: string | undefined) => void;
}

/** Serves a socket file for as long as it is wanted, also when the file goes. */
export interface Listener {
  /** @throws FlockError `configurationInvalid` when the socket cannot be had */
  listen(): Promise<void>;
  close(): Promise<void>;
}

export function createListener(options: ListenerOptions): Listener {
  const { make, path, log, onTrouble } = options;
  /** All that have not ended, among them those whose file is gone and whose requests are still in progress. */
  const servers = new Set<Server>();
  let file: SocketFile | undefined;
  let endLooks = (): void => {};
  let looking: Promise<void> | undefined;
  let trouble: string | undefined;

  async function listenAgain(): Promise<void> {
    const before = [...servers];
    const server = make();
    file = await listenOnSocketFile(server, path);
    servers.add(server);
    server.once('close', () => servers.delete(server));
    // Those take no new connections; what they have begun they end.
    for (const old of before) old.close();
  }

  async function look(own: SocketFile): Promise<void> {
    const found = await lookAtSocketFile(path, own);
    if (found === 'opened') {
      await closeToOthers(path);
      log.warn({ path }, 'the socket was open to other users; only the owner may connect again');
    } else if (found !== 'own') {
      await listenAgain();
      log.warn({ path }, `the socket file was ${found}; flockd listens there again`);
    }
    trouble = undefined;
    onTrouble(undefined);
  }

  function lookOnce(): void {
    if (file === undefined || looking !== undefined) return;
    looking = look(file)
      .catch((error: unknown) => {
        const message = errorText(error);
        // The same failure of the next look is no news.
        if (message !== trouble) log.error({ err: error }, `the socket cannot be served: ${message}`);
        trouble = message;
        onTrouble(message);
      })
      .finally(() => {
        looking = undefined;
      });
  }

  return {
    async listen() {
      await listenAgain();
      endLooks = every(options.lookMs, lookOnce);
    },
    async close() {
      endLooks();
      await looking;
      const own = file;
      file = undefined;
      const ending = [...servers].map((server) => closeServer(server, options.closeMs));
      if (own !== undefined) await removeSocketFile(path, own);
      await Promise.all(ending);
    },
  };
}

/** Ends when the last connection has ended, or been ended at the deadline. */
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
