import { describe, expect, it } from 'vitest';
import { attachmentId, isSameAttachment, isSamePod, podId } from '../../../src/model/attachment.ts';

describe('an attachment', () => {
  const key = { containerId: 'c1', ifname: 'eth0' };

  it.each([
    [{ containerId: 'c1', ifname: 'eth0' }, true],
    [{ containerId: 'c1', ifname: 'eth1' }, false],
    [{ containerId: 'c2', ifname: 'eth0' }, false],
  ])('%o is the same: %s, and then has the same id', (other, same) => {
    expect(isSameAttachment(key, other)).toBe(same);
    expect(attachmentId(key) === attachmentId(other)).toBe(same);
  });
});

describe('a pod', () => {
  it.each([
    [{ namespace: 'web', name: 'a', uid: '1' }, true],
    [{ namespace: 'web', name: 'a', uid: '2' }, false],
    [{ namespace: 'web', name: 'a' }, true],
    [{ namespace: 'web', name: 'b', uid: '1' }, false],
    [{ namespace: 'dns', name: 'a', uid: '1' }, false],
    [{ namespace: 'dns', name: 'a' }, false],
  ])('%o is the same: %s, whichever is asked first', (other, same) => {
    const pod = { namespace: 'web', name: 'a', uid: '1' };
    expect([isSamePod(pod, other), isSamePod(other, pod)]).toEqual([same, same]);
  });

  it('is known by namespace and name', () => {
    expect(podId({ namespace: 'web', name: 'a' })).toBe('web/a');
  });
});
