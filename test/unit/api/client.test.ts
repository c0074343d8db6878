import { chmodSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { ApiError, apiGet, apiPost } from '../../../src/api/client.ts';
import { FlockError } from '../../../src/errors.ts';
import { asNobody, socketFolder, startServer } from './fixture.ts';

const any = { accepts: (value: unknown): value is unknown => value !== undefined };

async function failure(asking: Promise<unknown>): Promise<ApiError> {
  const error = await asking.then(
    (value) => new Error(`answered ${JSON.stringify(value)}`),
    (thrown: unknown) => thrown,
  );
  if (error instanceof ApiError) return error;
  throw error;
}

/** A server that does with each connection what it is told to. */
async function badServer(serve: (socket: Socket) => void): Promise<{ socket: string } & AsyncDisposable> {
  const folder = socketFolder();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(folder.path('s'), resolve));
  return {
    socket: folder.path('s'),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      folder[Symbol.dispose]();
    },
  };
}

describe('asking the daemon', () => {
  it('gives the value of the route', async () => {
    await using server = await startServer({
      routes: { 'GET /v1/a': (query) => ({ q: query.get('q') }), 'POST /v1/b': () => null },
    });
    expect(await apiGet(server.socket, '/v1/a?q=1', any)).toEqual({ q: '1' });
    expect(await apiPost(server.socket, '/v1/b', any)).toBeNull();
  });

  it('gives large answers whole', async () => {
    const list = Array.from({ length: 100_000 }, (_, i) => `2001:db8::${i.toString(16)}`);
    await using server = await startServer({ routes: { 'GET /v1/a': () => list } });
    expect(await apiGet(server.socket, '/v1/a', any)).toEqual(list);
  });

  it('passes on what the daemon refuses, with its code', async () => {
    const refuse = (): never => {
      throw new FlockError('tryAgainLater', 'flockd is starting');
    };
    await using server = await startServer({ routes: { 'GET /v1/a': refuse } });
    const error = await failure(apiGet(server.socket, '/v1/a', any));
    expect(error).toMatchObject({ kind: 'refused', code: 'tryAgainLater', message: 'flockd is starting' });
    expect(await failure(apiGet(server.socket, '/nowhere', any))).toMatchObject({ kind: 'refused', code: 'notFound' });
  });

  it('says that the daemon is not running, and what to do', async () => {
    using folder = socketFolder();
    const error = await failure(apiGet(folder.path('s'), '/v1/a', any));
    expect(error.kind).toBe('notRunning');
    expect(error.message).toContain(folder.path('s'));
    expect(error.message).toContain('systemctl start flockd');
    writeFileSync(folder.path('file'), '');
    expect(await failure(apiGet(folder.path('file'), '/v1/a', any))).toMatchObject({ kind: 'notRunning' });
  });

  it('says that the user may not', async () => {
    await using server = await startServer();
    chmodSync(server.socket, 0);
    await asNobody(async () => {
      const error = await failure(apiGet(server.socket, '/v1/a', any));
      expect(error).toMatchObject({ kind: 'permissionDenied', message: expect.stringContaining('run as root') });
    });
  });

  it.each<[string, (socket: Socket) => void]>([
    ['says nothing', () => {}],
    ['stops in the middle', (socket) => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"a"')],
    [
      'drips',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        const drip = setInterval(() => socket.write(' '), 10);
        socket.on('close', () => clearInterval(drip));
      },
    ],
  ])('gives up when the daemon %s', async (_what, serve) => {
    await using server = await badServer(serve);
    const error = await failure(apiGet(server.socket, '/v1/a', { ...any, timeoutMs: 100 }));
    expect(error).toMatchObject({ kind: 'timeout', message: expect.stringContaining('100 ms') });
  });

  it.each([
    ['closes', ''],
    ['speaks something else', '0001 BIRD 2.0.12 ready.\n'],
    ['breaks off', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"a"'],
    ['answers no JSON', 'HTTP/1.1 200 OK\r\n\r\n<html>'],
    ['answers nothing', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'],
    ['fails in its own way', 'HTTP/1.1 502 Bad Gateway\r\n\r\n{"message":"x"}'],
    ['fails with half an error', 'HTTP/1.1 500 Oh\r\n\r\n{"error":{"code":"x"}}'],
    ['answers too much', `HTTP/1.1 200 OK\r\n\r\n${' '.repeat(65 * 1024 * 1024)}`],
  ])(
    'says so when the other side %s',
    async (_what, answer) => {
      await using server = await badServer((socket) => {
        socket.on('data', () => socket.end(answer));
      });
      const error = await failure(apiGet(server.socket, '/v1/a', { ...any, timeoutMs: 100_000 }));
      expect(error.kind).toBe('invalidAnswer');
      expect(error.message).toContain(server.socket);
    },
    120_000,
  );

  it('says so when an answer has another form than expected', async () => {
    await using server = await startServer({ routes: { 'GET /v1/a': () => ['x'] } });
    const isNumber = (value: unknown): value is number => typeof value === 'number';
    const error = await failure(apiGet(server.socket, '/v1/a', { accepts: isNumber }));
    expect(error).toMatchObject({ kind: 'invalidAnswer', message: expect.stringContaining('same version') });
  });
});
