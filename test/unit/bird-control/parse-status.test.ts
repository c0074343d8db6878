import { describe, expect, it } from 'vitest';
import { parseStatus } from '../../../src/bird-control/replies/parse-status.ts';
import { captured, replyOf } from './replies.ts';

const parse = (text: string) => parseStatus('show status', replyOf(text));

describe('reading `show status`', () => {
  it('reads that of 2.0.12', () => {
    expect(parseStatus('show status', captured('show-status'))).toEqual({
      version: '2.0.12',
      routerId: '10.99.0.2',
      currentTime: '2026-11-23 20:41:37.519',
      lastReboot: '2026-11-23 20:41:29.688',
      lastReconfiguration: '2026-11-23 20:41:29.688',
      state: 'running',
    });
  });

  it('tells the states apart', () => {
    expect(parse('1000-BIRD 2.0.12\n0013 Reconfiguration in progress\n').state).toBe('reconfiguring');
    expect(parse('1000-BIRD 2.0.12\n0013 Shutdown in progress\n').state).toBe('shuttingDown');
  });

  it('passes over the lines on graceful restart', () => {
    const text = '1000-BIRD 3.3.2\n0024-Graceful restart recovery in progress\n   Wait timer is 1.0/240\n';
    expect(parse(`${text}0013 Daemon is up and running\n`)).toMatchObject({ version: '3.3.2', routerId: undefined });
  });

  it.each(['0013 Daemon is up and running\n', '1000-BIRD 2.0.12\n0013 Who knows\n', '1000-BIRD 2.0.12\n0000 \n'])(
    'fails on %o',
    (text) => {
      expect(() => parse(text)).toThrow(expect.objectContaining({ kind: 'protocol' }));
    },
  );
});
