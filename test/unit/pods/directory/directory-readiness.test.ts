// @module-tag real
import { createServer, type Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { WiredPod } from '../../../../src/pods/pod-source.ts';
import { eventually } from '../../../lab/eventually.ts';
import { podText } from '../fixtures.ts';
import { DirectoryRig } from './directory-rig.ts';

const wired = (name: string, changes: Partial<WiredPod> = {}): WiredPod => ({
  namespace: 'default',
  name,
  ip4: '127.0.0.1',
  ip6: undefined,
  ...changes,
});

/** A server on a port that stays the same while it comes and goes. */
class Service implements AsyncDisposable {
  #server: Server | undefined;
  port = 0;

  async up(): Promise<void> {
    const server = createServer((socket) => socket.on('error', () => {}).resume());
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    const address = server.address();
    if (address !== null && typeof address !== 'string') this.port = address.port;
  }

  async down(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server !== undefined) await new Promise((resolve) => server.close(resolve));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.down();
  }
}

const tcpProbe = (port: number, more = ''): string =>
  `{containers: [{name: c, readinessProbe: {tcpSocket: {port: ${port}}, periodSeconds: 1, failureThreshold: 1${more}}}]}`;

describe('readiness from the directory', () => {
  it('follows the Ready condition of the manifest', async () => {
    await using rig = await DirectoryRig.start({ 'a.yaml': podText('web', { ready: true }) });
    expect(rig.readiness('web')).toEqual({ ready: true });
    rig.folder.replace('a.yaml', podText('web', { ready: false }));
    await rig.becomes('web', 'notReady');
    rig.folder.replace('a.yaml', podText('web', { ready: true }));
    await rig.becomes('web', 'ready');
    rig.folder.replace(
      'a.yaml',
      podText('web', { ready: true }).replace('name: web', 'name: web\n  deletionTimestamp: x'),
    );
    await rig.becomes('web', 'terminating');
  });

  it('without condition and probe comes with the wiring, and goes with it', async () => {
    await using rig = await DirectoryRig.start({ 'a.yaml': podText('web') });
    expect(rig.readiness('web')).toMatchObject({ reason: 'notReady', message: 'it is not wired' });
    const before = rig.changes;
    rig.source.setWired([wired('web')]);
    expect(rig.readiness('web')).toEqual({ ready: true });
    expect(rig.changes).toBe(before + 1);
    rig.source.setWired([wired('web')]);
    expect(rig.changes).toBe(before + 1);
    rig.source.setWired([]);
    expect(rig.readiness('web')).toMatchObject({ ready: false });
  });

  it('follows a real server, from the first run on', async () => {
    await using service = new Service();
    await service.up();
    await using rig = await DirectoryRig.start({ 'a.yaml': podText('web', { spec: tcpProbe(service.port) }) });
    expect(rig.readiness('web')).toMatchObject({ reason: 'probePending' });
    rig.source.setWired([]);
    rig.source.setWired([wired('web')]);
    await rig.becomes('web', 'ready');
    await service.down();
    await rig.becomes('web', 'notReady');
    expect(rig.readiness('web')).toMatchObject({ message: expect.stringContaining('ECONNREFUSED') });
    await service.up();
    await rig.becomes('web', 'ready');
  });

  it('is asked for at once where the pod was wired before the daemon, whatever its initial delay', async () => {
    await using service = new Service();
    await service.up();
    const spec = tcpProbe(service.port, ', initialDelaySeconds: 600');
    await using rig = await DirectoryRig.start({
      'a.yaml': podText('old', { spec }),
      'b.yaml': podText('new', { spec }),
    });
    rig.source.setWired([wired('old')]);
    rig.source.setWired([wired('old'), wired('new')]);
    await rig.becomes('old', 'ready');
    expect(rig.readiness('new')).toMatchObject({ reason: 'probePending' });
  });

  it('is decided by probes no more when a condition appears, and again when it goes', async () => {
    await using service = new Service();
    await service.up();
    const spec = tcpProbe(service.port);
    await using rig = await DirectoryRig.start({ 'a.yaml': podText('web', { spec }) });
    rig.source.setWired([wired('web')]);
    await rig.becomes('web', 'ready');
    rig.folder.replace('a.yaml', podText('web', { spec, ready: false }));
    await rig.becomes('web', 'notReady');
    rig.folder.replace('a.yaml', podText('web', { spec }));
    await rig.becomes('web', 'ready');
  });

  it('does not run the probes of a manifest for a wired pod of another uid', async () => {
    await using rig = await DirectoryRig.start({
      'a.yaml': podText('web', { uid: 'new', spec: '{containers: [{readinessProbe: {exec: {command: ["true"]}}}]}' }),
    });
    rig.source.setWired([wired('web', { uid: 'old' })]);
    await delay(50);
    expect(rig.readiness('web', 'old')).toBeUndefined();
    expect(rig.readiness('web', 'new')).toMatchObject({ reason: 'probePending' });
    rig.source.setWired([wired('web', { uid: 'new' })]);
    await rig.becomes('web', 'ready');
  });

  it('needs the probes of all containers, here of a command and a server', async () => {
    await using service = new Service();
    await service.up();
    const probe = (action: string): string => `{readinessProbe: {${action}, periodSeconds: 1, failureThreshold: 1}}`;
    const flag = 'ready-flag';
    await using rig = new DirectoryRig();
    const command = `exec: {command: [sh, -c, 'test "$POD_IP4" = 127.0.0.1 && test -e ${rig.folder.at(flag)}']}`;
    const spec = `{containers: [${probe(`tcpSocket: {port: ${service.port}}`)}, ${probe(command)}]}`;
    rig.folder.write('a.yaml', podText('web', { spec }));
    await rig.source.start();
    rig.source.setWired([]);
    rig.source.setWired([wired('web')]);
    await rig.becomes('web', 'notReady');
    rig.folder.write(flag, '');
    await rig.becomes('web', 'ready');
  });

  it('tells of a decision of a probe', async () => {
    await using rig = await DirectoryRig.start({
      'a.yaml': podText('web', { spec: '{containers: [{readinessProbe: {exec: {command: ["true"]}}}]}' }),
    });
    rig.source.setWired([wired('web')]);
    const before = rig.changes;
    await eventually(() => rig.changes > before, 'the decision is told');
    expect(rig.readiness('web')).toEqual({ ready: true });
  });
});
