import { connect } from 'node:net';
import type { ProbeResult } from './probe-state.ts';

/**
 * Opens a TCP connection and closes it again. Succeeds when the connection is established; nothing is sent.
 * @param signal ends the attempt; its reason says why.
 */
export function probeTcp(host: string, port: number, signal: AbortSignal): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const finish = (result: ProbeResult): void => {
      signal.removeEventListener('abort', onAbort);
      // A late error of a socket that is being closed has no one to report to.
      socket.removeAllListeners().on('error', () => {});
      socket.destroy();
      resolve(result);
    };
    const onAbort = (): void => finish({ ok: false, message: String(signal.reason) });
    socket.once('connect', () => finish({ ok: true }));
    socket.once('error', (error) => finish({ ok: false, message: error.message }));
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort);
  });
}
