import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { FlockError } from '../../../src/errors.ts';
import { eventually } from '../../lab/eventually.ts';
import { request10, startServer, talk } from './fixture.ts';

describe('POST /cni', () => {
  it('hands over the body byte for byte and gives back status and JSON', async () => {
    const bodies: Buffer[] = [];
    await using server = await startServer({
      cni: async (body) => {
        bodies.push(body);
        return { status: 503, json: { code: 11, msg: 'é' } };
      },
    });
    const sent = Buffer.from([0, 255, 13, 10, 0]);
    const answer = await talk(server.socket, request10('POST', '/cni', sent));
    expect(answer).toMatchObject({ status: 503, json: { code: 11, msg: 'é' } });
    expect(answer.head.toLowerCase()).toMatch(/content-length: 22\r\n/);
    expect(answer.head.toLowerCase()).toMatch(/connection: close/);
    expect(bodies).toEqual([sent]);
  });

  it('gives an empty body where there is nothing to say', async () => {
    await using server = await startServer({ cni: async () => ({ status: 200, json: undefined }) });
    const answer = await talk(server.socket, request10('POST', '/cni'));
    expect(answer).toMatchObject({ status: 200, body: '' });
    expect(answer.head.toLowerCase()).toContain('content-length: 0');
  });

  it('takes a body that comes in pieces', async () => {
    await using server = await startServer();
    const text = request10('POST', '/cni', 'x'.repeat(50)).toString();
    const answer = await new Promise<string>((resolve, reject) => {
      let received = '';
      const client = connect(server.socket, async () => {
        for (const character of text) await new Promise<void>((done) => client.write(character, () => done()));
      });
      client.on('error', reject).on('end', () => resolve(received));
      client.setEncoding('utf8').on('data', (chunk: string) => {
        received += chunk;
      });
    });
    expect(answer).toContain('{"bytes":50}');
  });

  it('answers even when the handler has a defect, and says so in the log', async () => {
    await using server = await startServer({ cni: () => Promise.reject(new Error('boom')) });
    const answer = await talk(server.socket, request10('POST', '/cni'));
    expect(answer).toMatchObject({ status: 500, json: { error: { code: 'internal', message: 'boom' } } });
    expect(server.told).toEqual([expect.stringContaining('defect')]);
  });

  it('serves the next ones while one takes its time', async () => {
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await using server = await startServer({
      cni: async (body) => {
        if (body.toString() === 'slow') await held;
        return { status: 200, json: body.toString() };
      },
    });
    const slow = talk(server.socket, request10('POST', '/cni', 'slow'));
    expect(await talk(server.socket, request10('POST', '/cni', 'fast'))).toMatchObject({ json: 'fast' });
    release();
    expect(await slow).toMatchObject({ json: 'slow' });
  });
});

describe('the other routes', () => {
  it('give the value of their handler as JSON, and know the query', async () => {
    await using server = await startServer({
      routes: {
        'GET /v1/status': () => ({ node: 'n1' }),
        'GET /v1/explain': async (query) => [query.get('address')],
        'POST /v1/drain': () => undefined,
      },
    });
    expect(await talk(server.socket, request10('GET', '/v1/status'))).toMatchObject({
      status: 200,
      json: { node: 'n1' },
    });
    const query = request10('GET', '/v1/explain?address=2001%3Adb8%3A%3A1&x=a?b');
    expect(await talk(server.socket, query)).toMatchObject({ json: ['2001:db8::1'] });
    expect(await talk(server.socket, request10('POST', '/v1/drain'))).toMatchObject({ status: 200, json: null });
  });

  it('keep the connection for HTTP/1.1 clients that ask twice', async () => {
    await using server = await startServer({ routes: { 'GET /a': () => ['a'] } });
    const once = 'GET /a HTTP/1.1\r\nHost: flock\r\n\r\n';
    const answer = await talk(server.socket, once + once.replace('Host', 'Connection: close\r\nHost'));
    expect(`${answer.head}${answer.body}`.match(/\["a"\]/g)).toHaveLength(2);
  });

  it('are 404 when there is none, 405 when the method is another', async () => {
    await using server = await startServer({ routes: { 'GET /a': () => 1, 'POST /a': () => 1 } });
    for (const path of ['/', '/A', '/a/', '/__proto__', '/constructor', '//x', '*', 'http://h/a']) {
      const answer = await talk(server.socket, request10('GET', path));
      expect(answer).toMatchObject({ status: 404, json: { error: { code: 'notFound' } } });
    }
    const wrong = await talk(server.socket, request10('DELETE', '/a'));
    expect(wrong).toMatchObject({ status: 405, json: { error: { code: 'methodNotAllowed' } } });
    expect(wrong.head).toMatch(/allow: GET, POST/i);
    expect(await talk(server.socket, request10('GET', '/cni'))).toMatchObject({ status: 405 });
  });

  it.each([
    ['tryAgainLater', 503],
    ['configurationInvalid', 400],
    ['internal', 500],
  ] as const)('tell the error %s with status %i', async (code, status) => {
    const refuse = (): never => {
      throw new FlockError(code, 'because');
    };
    await using server = await startServer({ routes: { 'GET /a': refuse } });
    const answer = await talk(server.socket, request10('GET', '/a'));
    expect(answer).toMatchObject({ status, json: { error: { code, message: 'because' } } });
  });

  it('tell a defect as one, and log it', async () => {
    await using server = await startServer({ routes: { 'GET /a': () => 1n } });
    const answer = await talk(server.socket, request10('GET', '/a'));
    expect(answer).toMatchObject({ status: 500, json: { error: { code: 'internal' } } });
    expect(server.told).toHaveLength(1);
  });
});

describe('a bad client', () => {
  it('is refused with a body that is too large, however it says so', async () => {
    await using server = await startServer({}, { bodyBytes: 100 });
    expect(await talk(server.socket, request10('POST', '/cni', 'x'.repeat(100)))).toMatchObject({ status: 200 });
    const announced = 'POST /cni HTTP/1.0\r\nContent-Length: 101\r\n\r\n';
    const chunked = `POST /cni HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n80\r\n${'x'.repeat(128)}\r\n`;
    for (const text of [announced, chunked]) {
      const answer = await talk(server.socket, text);
      expect(answer).toMatchObject({ status: 413, json: { error: { code: 'bodyTooLarge' } } });
    }
  });

  it.each([
    ['no HTTP', 'hello\r\n\r\n', 400],
    ['a wrong length', 'POST /cni HTTP/1.0\r\nContent-Length: x\r\n\r\n', 400],
    ['a head that is too large', `GET /a HTTP/1.0\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`, 431],
  ])('is refused with %s', async (_what, text, status) => {
    await using server = await startServer();
    const answer = await talk(server.socket, text);
    expect(answer).toMatchObject({ status, json: { error: { code: 'badRequest' } } });
  });

  it.each([
    ['connects and says nothing', ''],
    ['stops within the head', 'POST /cni HTT'],
    ['stops within the body', 'POST /cni HTTP/1.0\r\nContent-Length: 5\r\n\r\nab'],
  ])('is sent away when it %s', async (_what, text) => {
    await using server = await startServer({}, { headMs: 50, requestMs: 50 });
    expect((await talk(server.socket, text)).status).toBe(408);
    // On a busy machine a good one can be late as well.
    await eventually(
      async () => (await talk(server.socket, request10('POST', '/cni'))).status === 200,
      'the server serves the next one',
    );
  });

  it('is sent away when it does not read', async () => {
    const routes = { 'GET /a': () => 'x'.repeat(10_000_000) };
    await using server = await startServer({ routes }, { idleMs: 100, connections: 1 });
    const client = connect(server.socket);
    const closed = new Promise((resolve) => client.on('close', resolve));
    client.on('error', () => {});
    client.write(request10('GET', '/a'));
    client.pause();
    // The only place is free again once the server has given up on this one; what is left can then not be read either.
    await eventually(
      async () => (await talk(server.socket, request10('POST', '/cni'))).status === 200,
      'the server serves the next one',
    );
    let received = 0;
    client.on('data', (chunk: Buffer) => {
      received += chunk.length;
    });
    client.resume();
    await closed;
    expect(received).toBeLessThan(10_000_000);
  });

  it('affects no other client when it disconnects in the middle', async () => {
    await using server = await startServer();
    const client = connect(server.socket, () => {
      client.write('POST /cni HTTP/1.0\r\nContent-Length: 5\r\n\r\nab', () => client.destroy());
    });
    await new Promise((resolve) => client.on('close', resolve));
    expect(await talk(server.socket, request10('POST', '/cni', 'x'))).toMatchObject({ json: { bytes: 1 } });
  });

  it('gets no connection when there are too many', async () => {
    await using server = await startServer({}, { connections: 2 });
    const clients = [connect(server.socket), connect(server.socket)];
    await Promise.all(clients.map((client) => new Promise((resolve) => client.on('connect', resolve))));
    expect(await talk(server.socket, request10('POST', '/cni'))).toMatchObject({ body: '' });
    expect(server.told).toEqual([expect.stringContaining('too many connections')]);
    for (const client of clients) client.destroy();
    await Promise.all(clients.map((client) => new Promise((resolve) => client.on('close', resolve))));
    // The server learns a moment later that they have gone.
    await eventually(
      async () => (await talk(server.socket, request10('POST', '/cni'))).status === 200,
      'the server serves again',
    );
  });
});

describe('closing', () => {
  it('lets requests in progress end', async () => {
    const begun = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    await using server = await startServer({
      cni: async () => {
        begun.resolve();
        await held.promise;
        return { status: 200, json: 'done' };
      },
    });
    const answer = talk(server.socket, request10('POST', '/cni'));
    await begun.promise;
    const closed = server.close();
    held.resolve();
    await closed;
    expect(await answer).toMatchObject({ json: 'done' });
  });

  it('does not wait for ever, and may be repeated', async () => {
    const begun = Promise.withResolvers<void>();
    const cni = () => {
      begun.resolve();
      return new Promise<never>(() => {});
    };
    await using server = await startServer({ cni }, { closeMs: 50 });
    const answer = talk(server.socket, request10('POST', '/cni'));
    await begun.promise;
    await server.close();
    await server.close();
    expect(await answer).toMatchObject({ body: '' });
  });
});
