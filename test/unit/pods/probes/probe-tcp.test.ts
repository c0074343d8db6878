import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { probeTcp } from '../../../../src/pods/probes/probe-tcp.ts';

const servers: Server[] = [];

/** A server on a free port; ended after the test. */
async function listen(host: string): Promise<number> {
  const server = createServer((socket) => socket.on('error', () => {}).resume());
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

const never = new AbortController().signal;

describe('a TCP probe', () => {
  it.each(['127.0.0.1', '::1', 'localhost'])('succeeds when a server listens, at %s', async (host) => {
    const port = await listen(host);
    await expect(probeTcp(host, port, never)).resolves.toEqual({ ok: true });
  });

  it('fails when nothing listens, and says so', async () => {
    const port = await listen('127.0.0.1');
    await new Promise((resolve) => servers.splice(0)[0]?.close(resolve));
    await expect(probeTcp('127.0.0.1', port, never)).resolves.toEqual({
      ok: false,
      message: expect.stringContaining(`ECONNREFUSED 127.0.0.1:${port}`),
    });
  });

  it('fails for an unknown name', async () => {
    const result = await probeTcp('no-such-host.invalid', 80, AbortSignal.timeout(5_000));
    expect(result.ok).toBe(false);
  });

  it('ends at once when it is stopped, before or after it began', async () => {
    const stop = new AbortController();
    // 192.0.2.0/24 is for documentation (RFC 5737): an attempt either hangs or is refused as unreachable.
    const running = probeTcp('192.0.2.1', 80, stop.signal);
    stop.abort('stopped');
    await expect(running).resolves.toEqual({ ok: false, message: 'stopped' });
    await expect(probeTcp('127.0.0.1', 1, stop.signal)).resolves.toEqual({ ok: false, message: 'stopped' });
  });
});
