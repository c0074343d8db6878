import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { createServer, type Server as NetServer, type Socket } from 'node:net';
import { type handleUnaryCall, Server, ServerCredentials, status } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { CHECK_PATH } from '../../../../src/pods/probes/grpc-health.ts';
import { probeGrpc } from '../../../../src/pods/probes/probe-grpc.ts';

const ending: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ending.splice(0)) await end();
});

const bytes = (value: Buffer): Buffer => value;

/** A real gRPC server with one method, by default that of the health service. */
async function serve(answer: handleUnaryCall<Buffer, Buffer>, host = '127.0.0.1', path = CHECK_PATH): Promise<number> {
  const server = new Server();
  const method = { path, requestStream: false, responseStream: false } as const;
  const codecs = {
    requestSerialize: bytes,
    requestDeserialize: bytes,
    responseSerialize: bytes,
    responseDeserialize: bytes,
  };
  server.addService({ check: { ...method, ...codecs } }, { check: answer });
  ending.push(() => server.forceShutdown());
  return new Promise((resolve, reject) => {
    server.bindAsync(`${host}:0`, ServerCredentials.createInsecure(), (error, port) =>
      error === null ? resolve(port) : reject(error),
    );
  });
}

/** A server of another kind. */
async function listen(server: NetServer): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  });
  ending.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

const probe = (port: number, service = '', signal: AbortSignal = AbortSignal.timeout(15_000), host = '127.0.0.1') =>
  probeGrpc({ host, port, service }, signal);

describe('a gRPC probe', () => {
  it.each([
    [Buffer.of(0x08, 1), undefined],
    [Buffer.of(0x12, 1, 0x41, 0x08, 1), undefined],
    [Buffer.of(0x08, 2), 'the service is NOT_SERVING'],
    [Buffer.of(0x08, 3), 'the service is SERVICE_UNKNOWN'],
    [Buffer.of(0x08, 0), 'the service is UNKNOWN'],
    [Buffer.of(0x08, 9), 'the service is 9'],
    [Buffer.of(), 'the service is UNKNOWN'],
  ])('takes the answer %j as it is meant', async (message, failure) => {
    const port = await serve((_call, reply) => reply(null, message));
    await expect(probe(port)).resolves.toEqual(failure === undefined ? { ok: true } : { ok: false, message: failure });
  });

  it('asks for a service by its name, in either family, and says who it is', async () => {
    const seen: string[] = [];
    const port = await serve(({ request, metadata }, reply) => {
      seen.push(request.toString('latin1'), String(metadata.get('user-agent')[0]));
      reply(null, Buffer.of(0x08, 1));
    }, '[::1]');
    await expect(probe(port, 'my.Service', AbortSignal.timeout(15_000), '::1')).resolves.toEqual({ ok: true });
    expect(seen).toEqual(['\n\nmy.Service', 'kube-probe/flockd']);
  });

  it('fails with the words of the server', async () => {
    const port = await serve((_call, reply) => reply({ code: status.NOT_FOUND, details: 'unknown service' }));
    await expect(probe(port, 'x')).resolves.toEqual({ ok: false, message: 'gRPC status 5: unknown service' });
  });

  it('fails at a server without the health service', async () => {
    const port = await serve((_call, reply) => reply(null, Buffer.of()), '127.0.0.1', '/other.Service/Check');
    await expect(probe(port)).resolves.toEqual({ ok: false, message: 'the server has no grpc.health.v1.Health' });
  });

  it('fails at an answer that is none, and at one that is too long', async () => {
    const junk = await serve((_call, reply) => reply(null, Buffer.of(0x08)));
    await expect(probe(junk)).resolves.toMatchObject({ ok: false, message: expect.stringMatching(/breaks off/) });
    const long = await serve((_call, reply) => reply(null, Buffer.alloc(100_000)));
    await expect(probe(long)).resolves.toMatchObject({
      ok: false,
      message: 'an answer of more than 4096 bytes',
    });
  });

  it('fails where nothing listens', async () => {
    const server = createServer();
    const port = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    ending.length = 0;
    await expect(probe(port)).resolves.toMatchObject({ ok: false, message: expect.stringMatching(/ECONNREFUSED/) });
  });

  it.each([
    ['closes the connection', (socket: Socket) => socket.end(), /closed without an answer|no answer|closed/],
    ['resets the connection', (socket: Socket) => socket.resetAndDestroy(), /ECONNRESET/],
    ['speaks something else', (socket: Socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'), /Protocol error/],
    ['sends what is no frame', (socket: Socket) => socket.write(Buffer.alloc(100_000, 0xff)), /Protocol error/],
    [
      'closes after the handshake',
      (socket: Socket) => socket.end(Buffer.of(0, 0, 0, 4, 0, 0, 0, 0, 0)),
      /closed|no answer/,
    ],
  ])('fails at a server that %s', async (_what, answer, message) => {
    const port = await listen(createServer((socket) => socket.once('data', () => answer(socket))));
    await expect(probe(port)).resolves.toMatchObject({
      ok: false,
      message: expect.stringMatching(message),
    });
  });

  it('fails at a web server', async () => {
    const port = await listen(createHttpServer((_request, response) => response.end('hello')));
    await expect(probe(port)).resolves.toMatchObject({
      ok: false,
      message: expect.stringMatching(/Protocol error/),
    });
  });

  it('fails at a server that answers in HTTP/2 with something else', async () => {
    const server = createHttp2Server((_request, response) => response.end('hello'));
    await expect(probe(await listen(server))).resolves.toEqual({
      ok: false,
      message: 'not a gRPC server: HTTP status 200, content type ',
    });
  });

  it.each([
    ['takes the connection and says nothing', 'tcp'],
    ['takes the question and says nothing', 'grpc'],
  ])('ends with its time at a server that %s', async (_what, kind) => {
    const asked = Promise.withResolvers<void>();
    const port =
      kind === 'grpc'
        ? await serve(() => asked.resolve())
        : await listen(createServer((socket) => socket.once('data', () => asked.resolve())));
    const stop = new AbortController();
    const running = probe(port, '', stop.signal);
    await asked.promise;
    stop.abort('no answer within 1 s');
    await expect(running).resolves.toEqual({ ok: false, message: 'no answer within 1 s' });
    await expect(probe(port, '', AbortSignal.abort('stopped'))).resolves.toEqual({ ok: false, message: 'stopped' });
  });
});
