import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ResponseHead } from './http-head.ts';
import { type BodyPlan, ENDED, ResponseReader } from './http-reader.ts';

/** A server to query. */
export interface HttpServer {
  readonly scheme: 'http' | 'https';
  /** A name, or an address without brackets. */
  readonly host: string;
  readonly port: number;
}

/**
 * Sends a request over a separate connection, and reads the answer.
 * @param request its bytes.
 * @param planFor decides how much of an answer's body is read.
 * @param signal ends the attempt.
 * @throws Error saying what went wrong, or the reason of the signal.
 */
export function exchange(
  server: HttpServer,
  request: Buffer,
  planFor: (head: ResponseHead) => BodyPlan,
  signal: AbortSignal,
): Promise<ResponseHead> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) throw new Error(String(signal.reason));
    const reader = new ResponseReader(planFor);
    const socket = open(server, () => socket.write(request));
    const finish = (settle: () => void): void => {
      signal.removeEventListener('abort', onAbort);
      // A late error of a socket that is being closed has no one to report to.
      socket.removeAllListeners().on('error', () => {});
      socket.destroy();
      settle();
    };
    const onAbort = (): void => finish(() => reject(new Error(String(signal.reason))));
    const onEnd = (reason: string): void => {
      const outcome = reader.end(reason);
      finish(() => (outcome.ok ? resolve(outcome.head) : reject(new Error(outcome.message))));
    };
    socket.on('data', (bytes: Buffer) => {
      if (reader.push(bytes) !== undefined) onEnd(ENDED);
    });
    socket.once('end', () => onEnd(ENDED));
    socket.once('error', (error) => onEnd(error.message));
    socket.once('close', () => onEnd('the connection was lost'));
    signal.addEventListener('abort', onAbort);
  });
}

function open({ scheme, host, port }: HttpServer, onConnect: () => void): Socket {
  if (scheme === 'http') return connect({ host, port }, onConnect);
  // Pods use self-signed certificates; a kubelet does not verify any either.
  const servername = isIP(host) === 0 ? host : '';
  return connectTls({ host, port, servername, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] }, onConnect);
}
