import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ErrorJson } from './types.ts';

/** Node's error codes for a request that it could not read, and the HTTP status for each. */
const STATUS_BY_CODE: ReadonlyMap<unknown, number> = new Map([
  ['HPE_HEADER_OVERFLOW', 431],
  ['ERR_HTTP_REQUEST_TIMEOUT', 408],
]);

/** Answers a request that is not HTTP, or whose head is too slow or too large, and closes the connection. */
export function refuseBrokenRequest(error: Error, socket: Duplex): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const status = STATUS_BY_CODE.get('code' in error ? error.code : undefined) ?? 400;
  const json: ErrorJson = { error: { code: 'badRequest', message: error.message } };
  const body = JSON.stringify(json);
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: application/json`;
  socket.end(`${head}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`, () => socket.destroy());
}
