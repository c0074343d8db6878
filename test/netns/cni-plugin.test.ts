import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileC, hasCompiler, PLUGIN_SOURCES } from '../../packaging/compile-plugin.ts';
import { type ApiHandlers, createApiServer } from '../../src/api/server.ts';
import { answerCni, type CniHandler } from '../../src/cni/answer.ts';
import { decodeCniBody } from '../../src/cni/body.ts';
import { addResult } from '../../src/cni/result.ts';
import { FlockError } from '../../src/errors.ts';
import { parseAddress } from '../../src/model/address.ts';
import { silentLogger } from '../fakes/silent-logger.ts';
import { ADD_ENV, type PluginRun, rawServer, readRequest, runPlugin } from '../unit/cni/plugin/run.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const VERBS = ['ADD', 'DEL', 'CHECK', 'GC', 'STATUS'];

describe.skipIf(!hasCompiler)('the CNI plugin (needs a C compiler)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'flock-plugin-'));
  const plugin = join(folder, 'flock');
  const impatient = join(folder, 'impatient');
  let sockets = 0;

  beforeAll(() => {
    const sources = PLUGIN_SOURCES.map((path) => join(ROOT, path));
    compileC(sources, plugin);
    // Its deadlines are 30 ms for each second, so that a test can wait for them.
    compileC(sources, impatient, ['-DSECOND_MS=30']);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function socketPath(): string {
    sockets += 1;
    return join(folder, `s${sockets}`);
  }
  const config = (socket: string, more: object = {}): string =>
    JSON.stringify({ cniVersion: '1.0.0', name: 'flock', type: 'flock', socket, ...more });

  /** Expects a CNI error of the plugin's own. */
  function expectError(run: PluginRun, code: number, told: string | RegExp, version = '1.0.0'): void {
    expect(run).toMatchObject({ status: 1, signal: null });
    expect(JSON.parse(run.stdout)).toEqual({
      cniVersion: version,
      code,
      msg: expect.stringMatching(told),
      details: expect.any(String),
    });
  }

  describe('asked for VERSION', () => {
    const version = (stdin: string) => runPlugin(plugin, { CNI_COMMAND: 'VERSION', CNI_NETNS: 'dummy' }, stdin);

    it.each([
      ['{"cniVersion":"1.0.0"}', '1.0.0'],
      ['{"cniVersion":"0.3.1"}', '0.3.1'],
      [' \n', '1.1.0'],
      ['', '1.1.0'],
      ['{}', '1.1.0'],
      ['{"cniVersion":"1\\"\\\\\\u0007"}', '1"\\\u0007'],
      ['{"cniVersion":"1.0.0","socket":7}', '1.0.0'],
    ])('answers %j by itself', async (stdin, cniVersion) => {
      const run = await version(stdin);
      expect(run).toMatchObject({ status: 0, signal: null });
      expect(JSON.parse(run.stdout)).toEqual({ cniVersion, supportedVersions: ['0.4.0', '1.0.0', '1.1.0'] });
    });

    it('refuses what is no configuration', async () => {
      expectError(await version('{'), 6, 'JSON', '1.1.0');
      expectError(await version('{"cniVersion":1}'), 7, 'cniVersion', '1.1.0');
    });
  });

  describe('called wrongly', () => {
    it.each([undefined, '', 'add', 'UPDATE"\n'])('names CNI_COMMAND when it is %j', async (command) => {
      const run = await runPlugin(plugin, command === undefined ? {} : { CNI_COMMAND: command }, config('/x'));
      expectError(run, 4, 'CNI_COMMAND', '1.1.0');
    });

    it.each(VERBS)('says that the configuration of %s is undecodable', async (verb) => {
      for (const stdin of ['', '{', '[]', 'null', '{"a":1}x', '{"a":1}\0', '{"socket":"\\x"}']) {
        expectError(await runPlugin(plugin, { CNI_COMMAND: verb }, stdin), 6, 'JSON', '1.1.0');
      }
    });

    it.each([
      [7, 'string'],
      [null, 'string'],
      ['', 'absolute'],
      ['run/flock.sock', 'absolute'],
      ['/a\0b', 'string'],
      [`/${'a'.repeat(107)}`, '107 bytes'],
    ])('says that the socket %j is invalid', async (socket, told) => {
      const run = await runPlugin(plugin, ADD_ENV, JSON.stringify({ cniVersion: '1.0.0', socket }));
      expectError(run, 7, told);
      expectError(run, 7, 'socket');
    });

    it('refuses more variables than it can send', async () => {
      const half = 'a'.repeat(70_000);
      expectError(await runPlugin(plugin, { ...ADD_ENV, CNI_ARGS: half, CNI_X: half }, '{}'), 4, '128 KiB', '1.1.0');
    });

    it('refuses a configuration of more than 1 MiB', async () => {
      const run = await runPlugin(plugin, ADD_ENV, config('/x', { pad: 'x'.repeat(1024 * 1024) }));
      expectError(run, 6, '1 MiB', '1.1.0');
    });
  });

  describe('with flockd', () => {
    const wired = {
      ...{ ifname: 'eth0', netns: '/run/netns/a', hostInterface: 'flock00000001', mtu: 1500 },
      ...{ hostMac: '02:00:00:00:00:01', podMac: '02:00:00:00:00:02' },
      ip4: parseAddress('10.1.1.2'),
      ip6: parseAddress('2001:db8::2'),
    };

    async function flockd(handle: CniHandler): Promise<{ socket: string } & AsyncDisposable> {
      const socket = socketPath();
      const handlers: ApiHandlers = { cni: (body) => answerCni(body, handle, () => {}), routes: {} };
      const server = createApiServer({ socket, handlers, log: silentLogger });
      await server.listen();
      return { socket, [Symbol.asyncDispose]: () => server.close() };
    }

    const serve: CniHandler = async (request) => {
      if (request.command === 'ADD') return addResult(request.version, wired);
      if (request.command === 'CHECK') throw new FlockError('checkFailed', 'eth0 is "down"', { details: 'since\nnow' });
      return undefined;
    };

    it.each(['0.4.0', '1.0.0', '1.1.0'] as const)('prints the result of ADD in %s', async (cniVersion) => {
      await using daemon = await flockd(serve);
      const run = await runPlugin(plugin, ADD_ENV, config(daemon.socket, { cniVersion }));
      expect(run).toMatchObject({ status: 0, signal: null });
      expect(JSON.parse(run.stdout)).toEqual(addResult(cniVersion, wired));
    });

    it.each(['DEL', 'GC', 'STATUS'])('prints nothing for a good %s', async (verb) => {
      await using daemon = await flockd(serve);
      const run = await runPlugin(plugin, { ...ADD_ENV, CNI_COMMAND: verb }, config(daemon.socket));
      expect(run).toMatchObject({ status: 0, signal: null, stdout: '' });
    });

    it('prints the error of flockd and fails', async () => {
      await using daemon = await flockd(serve);
      const stdin = config(daemon.socket, { prevResult: {} });
      const run = await runPlugin(plugin, { ...ADD_ENV, CNI_COMMAND: 'CHECK' }, stdin);
      expect(run.status).toBe(1);
      expect(JSON.parse(run.stdout)).toEqual({
        cniVersion: '1.0.0',
        code: 105,
        msg: 'eth0 is "down"',
        details: 'since\nnow',
      });
      expectError(
        await runPlugin(plugin, ADD_ENV, config(daemon.socket, { cniVersion: '0.2.0' })),
        1,
        '0.2.0',
        '1.1.0',
      );
    });

    it('serves 100 calls at once, each with its own answer', async () => {
      await using daemon = await flockd(async (request) => {
        if (request.command !== 'ADD') return undefined;
        return addResult(request.version, { ...wired, ifname: request.ifname });
      });
      const names = Array.from({ length: 100 }, (_, i) => `net${i}`);
      const runs = names.map((name) => runPlugin(plugin, { ...ADD_ENV, CNI_IFNAME: name }, config(daemon.socket)));
      const answers = (await Promise.all(runs)).map((run) => JSON.parse(run.stdout).interfaces[1].name);
      expect(answers).toEqual(names);
    });

    it('sends the largest configuration that it takes', async () => {
      let network = 0;
      await using daemon = await flockd(async (request) => {
        network = JSON.stringify(request.config).length;
        return undefined;
      });
      const most = 1024 * 1024;
      const pad = 'x'.repeat(most - config(daemon.socket, { pad: '' }).length);
      const run = await runPlugin(plugin, { ...ADD_ENV, CNI_COMMAND: 'DEL' }, config(daemon.socket, { pad }));
      expect(run).toMatchObject({ status: 0, stdout: '' });
      expect(network).toBe(most);
    });

    it('is quick', async () => {
      await using daemon = await flockd(serve);
      const times: number[] = [];
      for (let i = 0; i < 30; i += 1) times.push((await runPlugin(plugin, ADD_ENV, config(daemon.socket))).ms);
      times.sort((a, b) => a - b);
      console.log(`whole process of one ADD, empty handler: median ${times[15]?.toFixed(2)} ms of ${times.length}`);
      expect(times).toHaveLength(30);
    });
  });

  describe('on the wire', () => {
    it('sends every CNI_* variable and standard input byte for byte, nothing else', async () => {
      const path = socketPath();
      const env = { ...ADD_ENV, CNI_ARGS: 'A=é;B="\\', CNI_EMPTY: '', HOME: '/nowhere', XCNI_A: '1' };
      const stdin = `\n ${config(path, { text: 'é\u2028\\u0000', number: 1e3 })} \r\n`;
      const requests: { head: string; body: Buffer }[] = [];
      await using _server = await rawServer(path, async (socket) => {
        requests.push(await readRequest(socket));
        socket.end('HTTP/1.1 200 OK\r\n\r\n{"cniVersion":"1.0.0"}');
      });
      const run = await runPlugin(plugin, env, stdin);
      expect(run).toMatchObject({ status: 0, stdout: '{"cniVersion":"1.0.0"}' });
      const [request] = requests;
      expect(request?.head.split('\r\n')[0]).toBe('POST /cni HTTP/1.0');
      expect(request?.head.toLowerCase()).toContain('content-type: application/x-flock-cni');
      const decoded = decodeCniBody(request?.body ?? Buffer.alloc(0));
      expect(Object.fromEntries(decoded.env)).toEqual({ ...ADD_ENV, CNI_ARGS: env.CNI_ARGS, CNI_EMPTY: '' });
      expect(decoded.stdin.toString()).toBe(stdin);
    });

    it('finds a socket whose path is as long as the kernel allows, and written with escapes', async () => {
      const padded = join(folder, 'a'.repeat(107 - folder.length - 1));
      expect(Buffer.byteLength(padded)).toBe(107);
      await using _server = await rawServer(padded, (socket) => void socket.end('HTTP/1.0 200 OK\r\n\r\n'));
      const escaped = [...padded].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
      const stdin = `{"cniVersion":"1.0.0","socket":"/nowhere","\\u0073ocket":"${escaped}"}`;
      expect(await runPlugin(plugin, { CNI_COMMAND: 'DEL' }, stdin)).toMatchObject({ status: 0, stdout: '' });
    });

    it('puts an answer together that comes byte by byte', async () => {
      const path = socketPath();
      const answer = 'HTTP/1.1 200 OK\r\ncontent-LENGTH: 22\r\nX: y\r\n\r\n{"cniVersion":"1.0.0"}';
      await using _server = await rawServer(path, async (socket) => {
        for (const character of answer) await new Promise<void>((resolve) => socket.write(character, () => resolve()));
        socket.end();
      });
      expect(await runPlugin(plugin, ADD_ENV, config(path))).toMatchObject({
        status: 0,
        stdout: '{"cniVersion":"1.0.0"}',
      });
    });

    it('reads an answer that is given before the request has been read', async () => {
      const path = socketPath();
      const answer = '{"cniVersion":"1.0.0","code":100,"msg":"no"}';
      await using _server = await rawServer(path, (socket) => {
        socket.write(`HTTP/1.1 400 Bad Request\r\n\r\n${answer}`, () => socket.destroy());
      });
      const run = await runPlugin(plugin, ADD_ENV, config(path, { pad: 'x'.repeat(1_000_000) }));
      expect(run).toMatchObject({ status: 1, stdout: answer });
    });

    it('is not disturbed by being stopped and continued', async () => {
      const path = socketPath();
      let pid = 0;
      await using _server = await rawServer(path, async (socket) => {
        await readRequest(socket);
        process.kill(pid, 'SIGSTOP');
        process.kill(pid, 'SIGCONT');
        socket.end('HTTP/1.0 200 OK\r\n\r\n');
      });
      const run = await runPlugin(plugin, { CNI_COMMAND: 'DEL' }, config(path), (id) => {
        pid = id;
      });
      expect(run).toMatchObject({ status: 0, signal: null });
    });

    it('fails without a signal when nobody reads what it prints', async () => {
      const path = socketPath();
      await using _server = await rawServer(path, (socket) => {
        socket.end(`HTTP/1.0 200 OK\r\n\r\n{"cniVersion":"1.0.0","pad":"${'x'.repeat(500_000)}"}`);
      });
      const script = `CNI_COMMAND=DEL '${plugin}' | true; echo "\${PIPESTATUS[0]}"`;
      const shell = promisify(execFile)('bash', ['-c', script], { timeout: 10_000 });
      shell.child.stdin?.end(config(path));
      expect((await shell).stdout.trim()).toBe('1');
    });
  });

  describe('without flockd', () => {
    it.each(VERBS)('says that %s should be tried again', async (verb) => {
      const run = await runPlugin(plugin, { CNI_COMMAND: verb }, config(join(folder, 'nobody')));
      expectError(run, 11, /nobody.*running/);
      expect(JSON.parse(run.stdout).details).toBe('No such file or directory');
    });

    it('says the same when its socket is a leftover', async () => {
      const path = socketPath();
      const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
      await promisify(execFile)(process.execPath, ['-e', script]).catch(() => {});
      const run = await runPlugin(plugin, { CNI_COMMAND: 'DEL' }, config(path));
      expectError(run, 11, 'running');
      expect(JSON.parse(run.stdout).details).toBe('Connection refused');
    });
  });

  describe('with something that is not flockd, or not well', () => {
    const ok = 'HTTP/1.1 200 OK\r\n';
    const json = '{"cniVersion":"1.0.0"}';
    it.each<[string, string, string, RegExp]>([
      ['says nothing', 'ADD', '', /without an answer \(0 bytes\)/],
      ['ends in the status line', 'ADD', 'HTTP/1.1 2', /without an answer/],
      ['ends in the head', 'ADD', `${ok}Content-Length: 22\r\n`, /without an answer/],
      ['ends in the body', 'ADD', `${ok}Content-Length: 22\r\n\r\n{"cniVers`, /truncated/],
      ['ends before the body', 'DEL', `${ok}Content-Length: 22\r\n\r\n`, /truncated/],
      ['ends in a body of unknown length', 'ADD', `${ok}\r\n{"cniVers`, /no CNI answer/],
      ['sends more than it says', 'ADD', `${ok}Content-Length: 5\r\n\r\n${json}`, /truncated/],
      ['speaks no HTTP', 'ADD', '0001 BIRD 2.0.12 ready.\n', /without an answer/],
      ['speaks another HTTP', 'ADD', `HTTP/2 200\r\n\r\n${json}`, /without an answer/],
      ['sends chunks', 'ADD', `${ok}Transfer-Encoding: chunked\r\n\r\n16\r\n${json}\r\n0\r\n\r\n`, /no CNI answer/],
      ['answers ADD with nothing', 'ADD', `${ok}\r\n`, /no CNI answer/],
      ['answers ADD with another object', 'ADD', `${ok}\r\n{}`, /no CNI answer/],
      ['answers with a page', 'DEL', `${ok}\r\n<html>`, /no CNI answer.*200/],
      ['has no such route', 'DEL', 'HTTP/1.1 404 Not Found\r\n\r\n{"message":"page not found"}', /HTTP status 404/],
      ['fails without a word', 'DEL', 'HTTP/1.1 500 Oh\r\n\r\n', /HTTP status 500/],
      ['sends NULs', 'ADD', '\0'.repeat(100), /without an answer \(100 bytes\)/],
      ['sends NULs in the body', 'ADD', `${ok}\r\n${json}\0`, /no CNI answer/],
      ['answers with too much', 'ADD', `${ok}\r\n{"a":"${'x'.repeat(1_100_000)}"}`, /more than 1 MiB/],
    ])('says so when it %s', async (_what, verb, answer, told) => {
      const path = socketPath();
      await using _server = await rawServer(path, async (socket) => {
        await readRequest(socket);
        socket.end(answer);
      });
      expectError(await runPlugin(plugin, { CNI_COMMAND: verb }, config(path)), 11, told);
    });

    const hanging: [string, (socket: Socket) => void][] = [
      ['takes the connection and does nothing', () => {}],
      ['reads the request and does nothing', (socket) => void socket.resume()],
      ['stops within its answer', (socket) => void socket.write(`${ok}Content-Length: 22\r\n\r\n{`)],
      ['answers and does not end', (socket) => void socket.write(`${ok}Content-Length: 22\r\n\r\n${json}`)],
      [
        'sends a little for ever',
        (socket) => {
          const drip = setInterval(() => socket.write('x'), 20);
          socket.on('close', () => clearInterval(drip));
        },
      ],
    ];
    it.each(hanging)('gives up when it %s', async (_what, serve) => {
      const path = socketPath();
      await using _server = await rawServer(path, (socket) => {
        socket.pause();
        serve(socket);
      });
      const stdin = config(path, { pad: 'x'.repeat(900_000) });
      expectError(await runPlugin(impatient, { CNI_COMMAND: 'STATUS' }, stdin), 11, `no end of ${path} within 10 s`);
    });

    it('gives up when the queue of a stopped daemon is full', async () => {
      const path = socketPath();
      const script = `require('net').createServer().listen({path: ${JSON.stringify(path)}, backlog: 1}, () => console.log('up'))`;
      const daemon = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
      const waiting: Socket[] = [];
      try {
        await once(daemon.stdout, 'data');
        daemon.kill('SIGSTOP');
        for (let i = 0; i < 4; i += 1) waiting.push(connect(path).on('error', () => {}));
        expectError(await runPlugin(impatient, { CNI_COMMAND: 'STATUS' }, config(path)), 11, `no end of ${path}`);
      } finally {
        for (const socket of waiting) socket.destroy();
        daemon.kill('SIGKILL');
      }
    });

    it('waits for each verb as long as it takes', async () => {
      const path = socketPath();
      await using _server = await rawServer(path, (socket) => void socket.resume());
      const runs = VERBS.map((verb) => runPlugin(impatient, { CNI_COMMAND: verb }, config(path)));
      const told = (await Promise.all(runs)).map((run) => JSON.parse(run.stdout).msg.match(/within (\d+) s/)?.[1]);
      expect(told).toEqual(['90', '60', '30', '60', '10']);
    });

    it('does not outlive its deadline when the runtime stops reading', async () => {
      const path = socketPath();
      await using _server = await rawServer(path, (socket) => {
        socket.end(`HTTP/1.0 200 OK\r\n\r\n{"cniVersion":"1.0.0","pad":"${'x'.repeat(500_000)}"}`);
      });
      const script = `CNI_COMMAND=DEL '${impatient}' | sleep 3; echo "\${PIPESTATUS[0]}"`;
      const shell = promisify(execFile)('bash', ['-c', script], { timeout: 10_000 });
      shell.child.stdin?.end(config(path));
      expect((await shell).stdout.trim()).toBe(String(128 + constants.signals.SIGALRM));
    });

    it('gives up when the runtime does not end standard input', async () => {
      const run = await runPlugin(impatient, { CNI_COMMAND: 'STATUS' }, undefined);
      expectError(run, 11, 'no end of standard input within 10 s', '1.1.0');
    });
  });
});
