import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createApiServer } from '../../../src/api/server.ts';
import { FlockError } from '../../../src/errors.ts';
import { silentLogger } from '../../fakes/silent-logger.ts';
import { asNobody, request10, socketFolder, talk } from './fixture.ts';

function serverOn(socket: string) {
  const cni = async () => ({ status: 200, json: socket });
  return createApiServer({ socket, handlers: { cni, routes: {} }, log: silentLogger });
}

/** The socket file of a server that has died without removing it. */
async function leaveStaleSocket(path: string): Promise<void> {
  const dead = createServer();
  await new Promise<void>((resolve) => dead.listen(`${path}-dead`, resolve));
  // Node removes the name that it was given at the close; the other one stays, with nobody behind it.
  linkSync(`${path}-dead`, path);
  await new Promise((resolve) => dead.close(resolve));
}

async function refusal(listening: Promise<void>): Promise<string> {
  const error = await listening.then(
    () => new Error('it listens'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(FlockError);
  expect(error).toMatchObject({ code: 'configurationInvalid' });
  return error instanceof Error ? error.message : '';
}

describe('the socket file', () => {
  it('is for its owner only, whatever the umask, and goes at the close', async () => {
    using folder = socketFolder();
    const before = process.umask(0);
    try {
      const server = serverOn(folder.path('s'));
      const listening = server.listen();
      await listening;
      expect(statSync(folder.path('s')).mode & 0o777).toBe(0o600);
      expect(process.umask()).toBe(0);
      await server.close();
      expect(readdirSync(dirname(folder.path('s')))).toEqual([]);
    } finally {
      process.umask(before);
    }
  });

  it('replaces the one of a dead daemon and leaves nothing beside it', async () => {
    using folder = socketFolder();
    await leaveStaleSocket(folder.path('s'));
    const server = serverOn(folder.path('s'));
    await server.listen();
    expect(await talk(folder.path('s'), request10('POST', '/cni'))).toMatchObject({ status: 200 });
    expect(readdirSync(dirname(folder.path('s')))).toEqual(['s']);
    await server.close();
  });

  it('is left to a living daemon, which goes on', async () => {
    using folder = socketFolder();
    const first = serverOn(folder.path('s'));
    await first.listen();
    expect(await refusal(serverOn(folder.path('s')).listen())).toMatch(/another flockd/);
    expect(await talk(folder.path('s'), request10('POST', '/cni'))).toMatchObject({ status: 200 });
    await first.close();
  });

  it('is given to one of several daemons that find a stale one at once', async () => {
    using folder = socketFolder();
    await leaveStaleSocket(folder.path('s'));
    const servers = Array.from({ length: 5 }, () => serverOn(folder.path('s')));
    const outcomes = await Promise.allSettled(servers.map((server) => server.listen()));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await talk(folder.path('s'), request10('POST', '/cni'))).toMatchObject({ status: 200 });
    expect(readdirSync(dirname(folder.path('s')))).toEqual(['s']);
    await Promise.all(servers.map((server) => server.close()));
  });

  it('asks for help when no process is left with the right to remove it after a crash', async () => {
    using folder = socketFolder();
    await leaveStaleSocket(folder.path('s'));
    const { ino, mtimeNs } = lstatSync(folder.path('s'), { bigint: true });
    writeFileSync(folder.path(`.flock-stale-${ino}-${mtimeNs}`), '');
    expect(await refusal(serverOn(folder.path('s')).listen())).toMatch(/stale; remove it/);
  });

  it('never replaces a file that is not a socket', async () => {
    using folder = socketFolder();
    writeFileSync(folder.path('s'), 'mine');
    expect(await refusal(serverOn(folder.path('s')).listen())).toMatch(/not a socket.*remove/);
    expect(readFileSync(folder.path('s'), 'utf8')).toBe('mine');
    mkdirSync(folder.path('d'));
    expect(await refusal(serverOn(folder.path('d')).listen())).toMatch(/not a socket/);
  });

  it('gets its folder made, but not a whole path of them', async () => {
    using folder = socketFolder();
    const server = serverOn(folder.path('run/s'));
    await server.listen();
    await server.close();
    expect(existsSync(folder.path('run'))).toBe(true);
    expect(await refusal(serverOn(folder.path('a/b/s')).listen())).toContain('ENOENT');
    expect(existsSync(folder.path('a'))).toBe(false);
  });

  it('has a path that the kernel accepts', async () => {
    using folder = socketFolder();
    const long = folder.path('x'.repeat(108));
    expect(await refusal(serverOn(long).listen())).toContain(`${Buffer.byteLength(long)} bytes`);
    const exact = folder.path('x'.repeat(107 - folder.path('').length - 1));
    const server = serverOn(exact);
    await server.listen();
    await server.close();
    expect(await refusal(serverOn('relative/s').listen())).toContain('absolute');
  });

  it('cannot be in a folder of another user', async () => {
    using folder = socketFolder();
    mkdirSync(folder.path('d'), { mode: 0o500 });
    await asNobody(async () => {
      expect(await refusal(serverOn(folder.path('d/s')).listen())).toContain('EACCES');
    });
  });
});
