import { describe, expect, it } from 'vitest';
import { isSamePod } from '../../../src/model/attachment.ts';
import type { WiredPod } from '../../../src/pods/pod-source.ts';
import { WiredPods } from '../../../src/pods/wired-pods.ts';

const pod = (name: string, changes: Partial<WiredPod> = {}): WiredPod => ({
  namespace: 'default',
  name,
  ip4: '10.1.1.2',
  ip6: undefined,
  ...changes,
});

describe('wired pods', () => {
  it('of the first set were there before the daemon, later ones were not', () => {
    const wired = new WiredPods();
    expect(wired.find(pod('a'))).toBeUndefined();
    expect(wired.replace([pod('a')], 100)).toBe(true);
    expect(wired.replace([pod('a'), pod('b')], 200)).toBe(true);
    expect(wired.find(pod('a'))).toMatchObject({ inherited: true, wiredAt: 100 });
    expect(wired.find(pod('b'))).toMatchObject({ inherited: false, wiredAt: 200 });
  });

  it('of an empty first set were wired since', () => {
    const wired = new WiredPods();
    wired.replace([], 100);
    wired.replace([pod('a')], 200);
    expect(wired.find(pod('a'))).toMatchObject({ inherited: false });
  });

  it('say whether anything is different', () => {
    const wired = new WiredPods();
    expect(wired.replace([], 0)).toBe(true);
    expect(wired.replace([], 0)).toBe(false);
    expect(wired.replace([pod('a'), pod('b')], 0)).toBe(true);
    expect(wired.replace([pod('b'), pod('a')], 0)).toBe(false);
    expect(wired.replace([pod('a')], 0)).toBe(true);
    expect(wired.replace([pod('a', { ip4: '10.1.1.3' })], 0)).toBe(true);
  });

  it('that are wired again, with another address or uid, are new', () => {
    const wired = new WiredPods();
    wired.replace([pod('a')], 100);
    wired.replace([pod('a', { ip4: '10.1.1.3' })], 200);
    expect(wired.find(pod('a'))).toMatchObject({ inherited: false, wiredAt: 200 });
    wired.replace([pod('a', { ip4: '10.1.1.3', uid: 'x' })], 250);
    wired.replace([pod('a', { ip4: '10.1.1.3', uid: 'y' })], 300);
    expect(wired.find(pod('a'))).toMatchObject({ inherited: false, wiredAt: 300 });
  });

  it('whose uid comes to be known stay what they are', () => {
    const wired = new WiredPods();
    wired.replace([pod('a')], 100);
    expect(wired.replace([pod('a', { uid: 'x' })], 200)).toBe(true);
    expect(wired.find(pod('a'))).toMatchObject({ inherited: true, wiredAt: 100, pod: { uid: 'x' } });
    expect(wired.replace([pod('a', { uid: 'x' })], 300)).toBe(false);
    expect(wired.find(pod('a', { uid: 'other' }))).toBeUndefined();
  });

  it('are told apart by uid, where both sides have one', () => {
    const wired = new WiredPods();
    wired.replace([pod('a', { uid: 'old' }), pod('a', { uid: 'new', ip4: '10.1.1.3' })], 0);
    expect(wired.find(pod('a', { uid: 'new' }))?.pod.ip4).toBe('10.1.1.3');
    expect(wired.find(pod('a'))?.pod.uid).toBe('old');
    expect(wired.find(pod('a', { uid: 'other' }))).toBeUndefined();
    expect(isSamePod({ namespace: 'a', name: 'x' }, { namespace: 'b', name: 'x' })).toBe(false);
  });
});
