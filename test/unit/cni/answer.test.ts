import { describe, expect, it, vi } from 'vitest';
import { answerCni } from '../../../src/cni/answer.ts';
import type { AddResult } from '../../../src/cni/protocol.ts';
import { FlockError } from '../../../src/errors.ts';
import { encodeCniBody } from './encode.ts';

const ENV: [string, string][] = [
  ['CNI_COMMAND', 'DEL'],
  ['CNI_CONTAINERID', 'a'],
  ['CNI_IFNAME', 'eth0'],
];
const body = (config: object, env = ENV) => encodeCniBody(env, JSON.stringify({ name: 'flock', ...config }));

describe('the answer to the plugin', () => {
  it('is what the handler gives', async () => {
    const onError = vi.fn();
    const result: AddResult = { cniVersion: '1.0.0', interfaces: [], ips: [], routes: [], dns: {} };
    await expect(answerCni(body({ cniVersion: '1.0.0' }), async () => result, onError)).resolves.toEqual({
      status: 200,
      json: result,
    });
    await expect(answerCni(body({ cniVersion: '1.0.0' }), async () => undefined, onError)).resolves.toEqual({
      status: 200,
      json: undefined,
    });
    expect(onError).not.toHaveBeenCalled();
  });

  it('is an error in the version of the request', async () => {
    const onError = vi.fn();
    const error = new FlockError('claimRefused', 'no');
    const refuse = () => Promise.reject(error);
    await expect(answerCni(body({ cniVersion: '0.4.0' }), refuse, onError)).resolves.toEqual({
      status: 400,
      json: { cniVersion: '0.4.0', code: 101, msg: 'no', details: '' },
    });
    expect(onError).toHaveBeenCalledWith(error, expect.objectContaining({ command: 'DEL', containerId: 'a' }));
  });

  it('is error 199 when the handler has a defect', async () => {
    const onError = vi.fn();
    const broken = () => Promise.reject(new TypeError('x is not a function'));
    const { status, json } = await answerCni(body({ cniVersion: '1.1.0' }), broken, onError);
    expect(status).toBe(500);
    expect(json).toMatchObject({ code: 199, msg: 'defect in flockd: x is not a function' });
    expect(onError).toHaveBeenCalledOnce();
  });

  it.each([
    ['an unknown version', body({ cniVersion: '9.9.9' }), 1],
    ['an unknown verb', body({ cniVersion: '1.0.0' }, [['CNI_COMMAND', 'X']]), 4],
    ['no JSON', encodeCniBody(ENV, '{'), 6],
    ['a broken frame', Buffer.from('x'), 6],
  ])('is an error that the handler never sees for %s', async (_what, bytes, code) => {
    const handle = vi.fn();
    const onError = vi.fn();
    await expect(answerCni(bytes, handle, onError)).resolves.toMatchObject({ status: 400, json: { code } });
    expect(handle).not.toHaveBeenCalled();
    expect(onError).toHaveBeenCalledWith(expect.any(FlockError), undefined);
  });

  it('tells the versions without the handler', async () => {
    const answer = await answerCni(encodeCniBody([['CNI_COMMAND', 'VERSION']], ''), vi.fn(), vi.fn());
    expect(answer).toEqual({
      status: 200,
      json: { cniVersion: '1.1.0', supportedVersions: ['0.4.0', '1.0.0', '1.1.0'] },
    });
  });
});
