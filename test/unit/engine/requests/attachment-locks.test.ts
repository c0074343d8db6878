import { describe, expect, it } from 'vitest';
import { AttachmentLocks } from '../../../../src/engine/requests/attachment-locks.ts';

describe('attachment locks', () => {
  it('serve one request of an attachment after the other, in order, also after a failure', async () => {
    const locks = new AttachmentLocks();
    const log: string[] = [];
    const first = locks.run('a', async () => {
      log.push('first begins');
      await Promise.resolve();
      log.push('first ends');
      throw new Error('failed');
    });
    const second = locks.run('a', async () => {
      log.push('second');
      return 2;
    });
    await expect(first).rejects.toThrow('failed');
    await expect(second).resolves.toBe(2);
    expect(log).toEqual(['first begins', 'first ends', 'second']);
  });

  it('let different attachments run at the same time', async () => {
    const locks = new AttachmentLocks();
    const gate = Promise.withResolvers<void>();
    const waiting = locks.run('a', () => gate.promise);
    await expect(locks.run('b', async () => 'done')).resolves.toBe('done');
    gate.resolve();
    await waiting;
  });
});
