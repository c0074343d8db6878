import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { requestHead } from '../../../../src/pods/probes/http/http-request.ts';
import { probeHttp } from '../../../../src/pods/probes/http/probe-http.ts';
import { TempFolder } from '../../../fakes/temp-folder.ts';

const ending: (() => Promise<unknown>)[] = [];

async function listen(server: Server, host = '127.0.0.1'): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  });
  ending.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** A web server; its address. */
const serve = async (listener: RequestListener): Promise<string> =>
  `http://127.0.0.1:${await listen(createHttpServer(listener))}`;

/** A server that answers every connection with these bytes, and then does what it is told. */
const answer = async (bytes: string, then: (socket: Socket) => void): Promise<string> =>
  `http://127.0.0.1:${await listen(
    createServer((socket) => {
      socket.once('data', () => socket.write(bytes, () => then(socket)));
    }),
  )}`;

afterEach(async () => {
  for (const end of ending.splice(0)) await end();
});

const probe = (text: string, headers: [string, string][] = [], signal: AbortSignal = AbortSignal.timeout(15_000)) => {
  const url = new URL(text);
  const scheme = url.protocol === 'https:' ? 'https' : 'http';
  const target = url.pathname + url.search;
  return probeHttp(
    { scheme, host: url.hostname.replace(/[[\]]/g, ''), port: Number(url.port), target, headers },
    signal,
  );
};

describe('an HTTP probe', () => {
  it.each([
    [200, true],
    [204, true],
    [302, true],
    [399, true],
    [400, false],
    [404, false],
    [500, false],
    [503, false],
  ])('takes status %d as success: %s', async (status, ok) => {
    const url = await serve((_request, response) => response.writeHead(status).end('text'));
    await expect(probe(url)).resolves.toEqual(ok ? { ok } : { ok, message: `HTTP status ${status}` });
  });

  it('asks for the path with the headers that it was given, and closes the connection', async () => {
    const seen: { url?: string | undefined; headers?: IncomingHttpHeaders; method?: string | undefined } = {};
    const url = await serve(({ url: path, headers, method }, response) => {
      Object.assign(seen, { url: path, headers, method });
      response.end();
    });
    await probe(`${url}/health?a=1`, [
      ['Host', 'example.net'],
      ['X-Two', 'a'],
      ['x-two', 'b'],
    ]);
    expect(seen).toMatchObject({ method: 'GET', url: '/health?a=1' });
    expect(seen.headers).toMatchObject({
      host: 'example.net',
      'x-two': 'a, b',
      connection: 'close',
      accept: '*/*',
      'user-agent': 'kube-probe/flockd',
    });
    expect(seen.headers).not.toHaveProperty('accept-encoding');
  });

  it('names host and port also where the port is that of the scheme, and an IPv6 address in brackets', () => {
    expect(requestHead('10.1.1.2:80', '/', []).toString()).toBe(
      'GET / HTTP/1.1\r\nHost: 10.1.1.2:80\r\nUser-Agent: kube-probe/flockd\r\nAccept: */*\r\nConnection: close\r\n\r\n',
    );
  });

  it('leaves out Accept and User-Agent where the probe has them empty, and what is not for it to say', () => {
    const headers = ['Accept', 'User-Agent'].map((name) => [name, ''] as const);
    const frame = ['Content-Length', 'Transfer-Encoding', 'Connection'].map((name) => [name, '5'] as const);
    expect(requestHead('[fd00::2]:8080', '/a', [...headers, ...frame, ['X-Größe', 'über']]).toString('utf8')).toBe(
      'GET /a HTTP/1.1\r\nHost: [fd00::2]:8080\r\nX-Größe: über\r\nConnection: close\r\n\r\n',
    );
  });

  it('reaches a server on an IPv6 address', async () => {
    const server = createHttpServer(({ headers }, response) => response.writeHead(200, { x: headers.host }).end());
    await expect(probe(`http://[::1]:${await listen(server, '::1')}/`)).resolves.toEqual({ ok: true });
  });

  it('can name itself otherwise', async () => {
    let agent: string | undefined;
    const url = await serve((request, response) => {
      agent = request.headers['user-agent'];
      response.end();
    });
    await probe(url, [['user-agent', 'mine']]);
    expect(agent).toBe('mine');
  });

  it('follows redirects on the same host, with its own Host header as long as they are relative', async () => {
    const hosts: (string | undefined)[] = [];
    const url = await serve(({ url: path, headers }, response) => {
      hosts.push(headers.host);
      if (path === '/') response.writeHead(301, { Location: '/two' }).end();
      else if (path === '/two') response.writeHead(307, { Location: `${url}/three` }).end();
      else response.writeHead(503).end();
    });
    await expect(probe(url, [['Host', 'example.net']])).resolves.toEqual({ ok: false, message: 'HTTP status 503' });
    expect(hosts).toEqual(['example.net', 'example.net', new URL(url).host]);
  });

  it('does not follow a redirect to another host, and takes it as success', async () => {
    let asked = 0;
    const other = await serve((_request, response) => {
      asked += 1;
      response.writeHead(500).end();
    });
    const target = other.replace('127.0.0.1', 'localhost');
    const url = await serve((_request, response) => response.writeHead(302, { Location: target }).end());
    await expect(probe(url)).resolves.toEqual({ ok: true });
    expect(asked).toBe(0);
  });

  it('gives up on a circle of redirects', async () => {
    let asked = 0;
    const url = await serve((_request, response) => {
      asked += 1;
      response.writeHead(302, { Location: '/' }).end();
    });
    await expect(probe(url)).resolves.toEqual({ ok: false, message: 'more than 9 redirects' });
    expect(asked).toBe(10);
  });

  it('takes a redirect to nowhere as an answer, and one to nonsense as a failure', async () => {
    const nowhere = await serve((_request, response) => response.writeHead(302).end());
    await expect(probe(nowhere)).resolves.toEqual({ ok: true });
    const file = await serve((_request, response) => response.writeHead(302, { Location: 'file:///etc/shadow' }).end());
    await expect(probe(file)).resolves.toEqual({ ok: true });
    const ftp = await serve(({ headers }, response) =>
      response.writeHead(302, { Location: `ftp://${headers.host}/` }).end(),
    );
    await expect(probe(ftp)).resolves.toEqual({ ok: false, message: 'redirect to ftp:' });
    const nonsense = await serve((_request, response) => response.writeHead(302, { Location: 'http://[' }).end());
    await expect(probe(nonsense)).resolves.toMatchObject({ ok: false });
  });

  it('reads an endless body no further than its limit', async () => {
    const url = await serve((_request, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
        response.once('drain', more);
      };
      more();
    });
    await expect(probe(url)).resolves.toEqual({ ok: true });
  });

  it('takes a body that only the end of the connection ends', async () => {
    const url = await answer('HTTP/1.1 200 OK\r\n\r\nready', (socket) => socket.end());
    await expect(probe(url)).resolves.toEqual({ ok: true });
  });

  it('does not verify certificates, since pods sign their own', async () => {
    using folder = new TempFolder();
    const [key, cert] = [folder.at('key.pem'), folder.at('cert.pem')];
    const arguments_ = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'];
    execFileSync('openssl', [...arguments_, '-subj', '/CN=pod', '-keyout', key, '-out', cert], { stdio: 'ignore' });
    const server = createHttpsServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_request, response) =>
      response.end(),
    );
    await expect(probe(`https://127.0.0.1:${await listen(server)}`)).resolves.toEqual({ ok: true });
  });
});

describe('an HTTP probe fails at a server that', () => {
  it.each([
    ['closes without an answer', '', (socket: Socket) => socket.end(), /^no answer: the connection was closed$/],
    ['resets the connection', '', (socket: Socket) => socket.resetAndDestroy(), /^no answer: .*ECONNRESET/],
    ['dies in the middle of the head', 'HTTP/1.1 200 OK\r\nContent-', (s: Socket) => s.end(), /broke off/],
    [
      'dies in the middle of the body',
      'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf',
      (s: Socket) => s.end(),
      /broke off/,
    ],
    [
      'dies in the middle of a chunk',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nhalf',
      (s: Socket) => s.end(),
      /broke off/,
    ],
    ['speaks something else', 'SSH-2.0-OpenSSH_9.2\r\n', () => {}, /^no HTTP status line: "SSH-2.0-OpenSSH_9.2"$/],
    ['switches to another protocol', 'HTTP/1.1 101 Switching Protocols\r\n\r\n', () => {}, /^HTTP status 101$/],
  ])('%s', async (_what, bytes, then, message) => {
    const url = await (bytes === ''
      ? listen(createServer((socket) => socket.once('data', () => then(socket)))).then(
          (port) => `http://127.0.0.1:${port}`,
        )
      : answer(bytes, then));
    await expect(probe(url)).resolves.toEqual({ ok: false, message: expect.stringMatching(message) });
  });

  it.each([
    ['head', 'X: '.padEnd(65_536, 'x')],
    ['line of interim answers', '\r\nHTTP/1.1 102 Processing\r\nX: y\r\n'.repeat(2_000)],
  ])('sends a %s without end', async (_what, bytes) => {
    const url = await answer('HTTP/1.1 103 Early Hints\r\n', (socket) => {
      const more = (): void => {
        while (!socket.destroyed && socket.write(bytes));
        socket.once('drain', more);
      };
      more();
    });
    await expect(probe(url)).resolves.toEqual({ ok: false, message: 'a head of more than 10485760 bytes' });
  });

  it.each([
    ['takes the connection and says nothing', ''],
    ['hangs in the middle of the head', 'HTTP/1.1 200 OK\r\nX-'],
    ['hangs in the middle of the body', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf'],
    ['promises to go on', 'HTTP/1.1 100 Continue\r\n\r\n'],
  ])('%s, when the time is over', async (_what, bytes) => {
    const stop = new AbortController();
    const asked = Promise.withResolvers<void>();
    const url = `http://127.0.0.1:${await listen(
      createServer((socket) => {
        socket.once('data', () => (bytes === '' ? asked.resolve() : socket.write(bytes, () => asked.resolve())));
      }),
    )}`;
    const running = probe(url, [], stop.signal);
    await asked.promise;
    stop.abort('no answer within 1 s');
    await expect(running).resolves.toEqual({ ok: false, message: 'no answer within 1 s' });
  });
});
