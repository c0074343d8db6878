import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createApiServer } from '../../../src/api/server.ts';
import { recordingLogger, request10, socketFolder, talk } from './fixture.ts';

/** A server in a folder of its own that looks at its file all the time. */
async function watchedServer() {
  const folder = socketFolder();
  const socket = folder.path('run/s');
  const log = recordingLogger();
  const troubles: (string | undefined)[] = [];
  const slow = Promise.withResolvers<void>();
  const cni = async (body: Buffer) => {
    if (body.toString() === 'slow') await slow.promise;
    return { status: 200, json: body.toString() };
  };
  const server = createApiServer({
    ...{ socket, log, handlers: { cni, routes: {} }, limits: { inspectMs: 5 } },
    onTrouble: (message) => {
      if (troubles.at(-1) !== message) troubles.push(message);
    },
  });
  await server.listen();
  return {
    ...{ server, folder, socket, log, troubles, endSlow: () => slow.resolve() },
    ask: (body = '') => talk(socket, request10('POST', '/cni', body)),
    async [Symbol.asyncDispose]() {
      slow.resolve();
      await server.close();
      folder[Symbol.dispose]();
    },
  };
}

describe('a socket file', () => {
  it.each([
    ['is removed', (socket: string) => unlinkSync(socket)],
    ['is moved away', (socket: string) => renameSync(socket, `${socket}-away`)],
    ['goes with its folder', (socket: string) => rmSync(dirname(socket), { recursive: true })],
    ['is replaced by the one of a dead daemon', leaveDead],
  ])('that %s is there again, and what was in progress ends well', async (_what, act) => {
    await using world = await watchedServer();
    const slow = world.ask('slow');
    expect(await world.ask('before')).toMatchObject({ json: 'before' });
    const { ino } = statSync(world.socket);
    await act(world.socket);
    await expect.poll(() => existsSync(world.socket) && statSync(world.socket).ino !== ino).toBe(true);
    await expect.poll(() => world.ask('behind').catch(() => undefined)).toMatchObject({ json: 'behind' });
    expect(statSync(world.socket).mode & 0o777).toBe(0o600);
    world.endSlow();
    expect(await slow).toMatchObject({ json: 'slow' });
    await world.server.close();
    expect(readdirSync(dirname(world.socket)).filter((name) => name !== 's-away')).toEqual([]);
    expect(world.log.told).toEqual([
      expect.stringMatching(/^the socket file was (gone|replaced); flockd listens there again/),
    ]);
  });

  it('that others may connect to is closed to them again', async () => {
    await using world = await watchedServer();
    chmodSync(world.socket, 0o666);
    await expect.poll(() => statSync(world.socket).mode & 0o777).toBe(0o600);
    await expect.poll(() => world.log.told).toEqual([expect.stringContaining('open to other users')]);
    expect(await world.ask('same')).toMatchObject({ json: 'same' });
  });

  it('that another file has replaced is left alone, reported once, and served again when that file is gone', async () => {
    await using world = await watchedServer();
    unlinkSync(world.socket);
    writeFileSync(`${world.socket}-new`, 'mine');
    // By the time of the look it may be flockd's again; what counts is what is there in the end.
    await expect
      .poll(() => {
        renameSync(`${world.socket}-new`, world.socket);
        writeFileSync(`${world.socket}-new`, 'mine');
        return world.troubles.at(-1);
      })
      .toMatch(/a file that is not a socket is there; remove it/);
    expect(readFileSync(world.socket, 'utf8')).toBe('mine');
    const told = () => world.log.told.filter((text) => text.includes('cannot be served')).length;
    expect(told()).toBe(1);
    unlinkSync(world.socket);
    await expect.poll(() => world.ask('again').catch(() => undefined)).toMatchObject({ json: 'again' });
    expect(told()).toBe(1);
    await expect.poll(() => world.troubles.at(-1)).toBeUndefined();
  });

  it('of another daemon in its place stays, also when this one ends', async () => {
    await using world = await watchedServer();
    const other = createHttpServer((_request, response) => response.end('"other"'));
    await new Promise<void>((resolve) => other.listen(`${world.socket}-other`, resolve));
    try {
      renameSync(`${world.socket}-other`, world.socket);
      await expect.poll(() => world.troubles.at(-1)).toMatch(/a running process serves it/);
      await world.server.close();
      expect(await world.ask()).toMatchObject({ json: 'other' });
    } finally {
      await new Promise((resolve) => other.close(resolve));
    }
  });
});

/** The socket file of a server that has died without removing it. */
async function leaveDead(socket: string): Promise<void> {
  const dead = createServer();
  await new Promise<void>((resolve) => dead.listen(`${socket}-dead`, resolve));
  renameSync(`${socket}-dead`, socket);
  await new Promise((resolve) => dead.close(resolve));
}
