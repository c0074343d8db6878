import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ResponseHead } from './http-head.ts';
import { type BodyPlan, ENDED, ResponseReader } from './http-reader.ts';

/** A server to ask. */
export interface HttpServer {
  readonly scheme: 'http' | 'https';
  /** A name, or an address without brackets. */
  readonly host: string;
  readonly port: number;
}

/**
 * Sends a request over a connection of its own, and reads the answer.
 * @param request the bytes of it.
 * @param planFor says of an answer how much of its body is read.
 * @param signal ends the attempt.
 * @throws Error with what went wrong, or with the reason of the signal.
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
      // A late error of a socket that is being closed has nobody to tell.
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
  // Pods sign their own certificates; a kubelet verifies none either.
  const servername = isIP(host) === 0 ? host : '';
  return connectTls({ host, port, servername, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] }, onConnect);
}
