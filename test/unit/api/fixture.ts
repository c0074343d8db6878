import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiHandlers, type ApiServer, type ApiServerOptions, createApiServer } from '../../../src/api/server.ts';
import type { Logger } from '../../../src/log.ts';

/** A folder for sockets that vanishes with its user. */
export function socketFolder(): { path: (name: string) => string } & Disposable {
  const folder = mkdtempSync(join(tmpdir(), 'flock-api-'));
  return {
    path: (name) => join(folder, name),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A logger that keeps the messages of warnings and errors. */
export function recordingLogger(): Logger & { readonly told: string[] } {
  const told: string[] = [];
  const keep = (_fields: object, message: string): void => void told.push(message);
  return { told, debug() {}, info() {}, warn: keep, error: keep };
}

export type TestServer = { readonly socket: string; readonly told: string[] } & ApiServer & AsyncDisposable;

/** A server that listens. `handlers` are added to a `/cni` that answers with the length of the body. */
export async function startServer(
  handlers: Partial<ApiHandlers> = {},
  limits: NonNullable<ApiServerOptions['limits']> = {},
): Promise<TestServer> {
  const folder = socketFolder();
  const socket = folder.path('s');
  const log = recordingLogger();
  const cni: ApiHandlers['cni'] = async (body) => ({ status: 200, json: { bytes: body.length } });
  const server = createApiServer({ socket, handlers: { cni, routes: {}, ...handlers }, log, limits });
  await server.listen();
  return {
    ...server,
    socket,
    told: log.told,
    async [Symbol.asyncDispose]() {
      await server.close();
      folder[Symbol.dispose]();
    },
  };
}

export interface RawAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
  readonly json: unknown;
}

/** Writes a text to a socket and reads until the other side closes. `end` also closes our direction. */
export function talk(socket: string, text: string | Uint8Array, end = false): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let connected = false;
    const connection = connect({ path: socket, allowHalfOpen: true }, () => {
      connected = true;
    });
    connection.on('data', (chunk: Buffer) => chunks.push(chunk));
    // A server that closes without reading everything resets the connection, behind its answer if there is one.
    connection.on('error', (error) => (connected ? undefined : reject(error)));
    connection.on('close', () => resolve(parseAnswer(Buffer.concat(chunks).toString())));
    connection.on('end', () => connection.end());
    connection.write(text);
    if (end) connection.end();
  });
}

/** A whole HTTP/1.0 request, as the plugin sends it. */
export function request10(method: string, path: string, body: string | Uint8Array = ''): Buffer {
  const bytes = Buffer.from(body);
  return Buffer.concat([Buffer.from(`${method} ${path} HTTP/1.0\r\nContent-Length: ${bytes.length}\r\n\r\n`), bytes]);
}

function parseAnswer(text: string): RawAnswer {
  const split = text.indexOf('\r\n\r\n');
  const body = text.slice(split + 4);
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]),
    head: text.slice(0, Math.max(split, 0)),
    body,
    json: parseJson(body),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Does something as a user who may nothing; by itself, root may everything. */
export async function asNobody(act: () => Promise<void>): Promise<void> {
  const root = process.geteuid?.() === 0;
  if (root) process.seteuid?.(65_534);
  try {
    await act();
  } finally {
    if (root) process.seteuid?.(0);
  }
}
