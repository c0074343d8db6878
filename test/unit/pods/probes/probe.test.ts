import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import type { ProbeAction, WiredPod } from '../../../../src/pods/pod-source.ts';
import { runProbe } from '../../../../src/pods/probes/probe.ts';
import { makeProbe } from '../fixtures.ts';

const never = new AbortController().signal;
const pod = (ip4?: string, ip6?: string): WiredPod => ({ namespace: 'default', name: 'web', ip4, ip6 });
const run = (action: ProbeAction, target: WiredPod, timeoutMs = 5_000) =>
  runProbe(makeProbe({ action, timeoutMs }), target, never);

/** A server on a free port of both loopback addresses, which notes where it was asked. */
async function serving(host: string, use: (port: number) => Promise<void>): Promise<void> {
  const server = createServer((socket) => socket.on('error', () => {}).resume());
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  try {
    await use(address.port);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

it('goes to the host that the probe names, else to the IPv4, else to the IPv6 address of the pod', async () => {
  await serving('127.0.0.1', async (port) => {
    const tcp = (host?: string): ProbeAction => ({ kind: 'tcpSocket', host, port });
    await expect(run(tcp(), pod('127.0.0.1', '::1'))).resolves.toEqual({ ok: true });
    await expect(run(tcp(), pod('127.0.0.9', '127.0.0.1'))).resolves.toMatchObject({ ok: false });
    await expect(run(tcp('127.0.0.1'), pod('127.0.0.9'))).resolves.toEqual({ ok: true });
  });
  await serving('::1', async (port) => {
    await expect(run({ kind: 'tcpSocket', host: undefined, port }, pod(undefined, '::1'))).resolves.toEqual({
      ok: true,
    });
  });
});

it('fails for a pod without addresses', async () => {
  await expect(run({ kind: 'tcpSocket', host: undefined, port: 80 }, pod())).resolves.toEqual({
    ok: false,
    message: 'the pod has no address to probe',
  });
});

it('puts an IPv6 address into brackets for HTTP', async () => {
  await serving('::1', async (port) => {
    const http: ProbeAction = { kind: 'httpGet', scheme: 'http', host: undefined, port, path: '/', headers: [] };
    await expect(run(http, pod(undefined, '::1'), 100)).resolves.toEqual({
      ok: false,
      message: 'no answer within 0.1 s',
    });
  });
});

it('gives a command the addresses of the pod, empty where there is none', { tags: ['real'] }, async () => {
  const script = 'set -u; test "$POD_IP4" = 10.1.1.2 && test "$POD_IP6" = ""';
  await expect(run({ kind: 'exec', command: ['sh', '-c', script] }, pod('10.1.1.2'))).resolves.toEqual({ ok: true });
});

it('ends a command that hangs when the time is over', { tags: ['real'] }, async () => {
  await expect(run({ kind: 'exec', command: ['sleep', '300'] }, pod(), 60)).resolves.toEqual({
    ok: false,
    message: 'no answer within 0.06 s',
  });
});

it('ends when it is stopped', async () => {
  const stop = new AbortController();
  const running = runProbe(
    makeProbe({ action: { kind: 'exec', command: ['sleep', '300'] }, timeoutMs: 60_000 }),
    pod(),
    stop.signal,
  );
  stop.abort();
  await expect(running).resolves.toEqual({ ok: false, message: 'the probe was stopped' });
});

it('never rejects, even where a command cannot be started at all', async () => {
  const action: ProbeAction = { kind: 'exec', command: ['true', 'x'.repeat(10_000_000)] };
  await expect(run(action, pod())).resolves.toMatchObject({ ok: false, message: /E2BIG/ });
});
