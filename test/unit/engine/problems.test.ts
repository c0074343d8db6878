import { describe, expect, it } from 'vitest';
import { Problems } from '../../../src/engine/problem-store.ts';

const codes = (problems: Problems): string[] => problems.list().map(({ code, message }) => `${code}: ${message}`);

describe('the problems of a node', () => {
  it('stand in the order of the registry, whatever came first', () => {
    const problems = new Problems();
    problems.of('socket').set('socketUnavailable', 'gone');
    problems.of('podEnds').set('podAltered', 'eth0');
    problems.of('configuration').set('restartNeeded', 'node');
    expect(codes(problems)).toEqual(['restartNeeded: node', 'podAltered: eth0', 'socketUnavailable: gone']);
  });

  it('name a BIRD that is away once, in the words of the publish that it failed', () => {
    const problems = new Problems();
    problems.of('birdConnection').set('birdUnavailable', 'ENOENT');
    expect(codes(problems)).toEqual(['birdUnavailable: ENOENT']);
    problems.of('publish').set('birdUnavailable', 'the files are in place, and BIRD is away: ENOENT');
    expect(codes(problems)).toEqual(['birdUnavailable: the files are in place, and BIRD is away: ENOENT']);
    problems.of('publish').clear();
    expect(codes(problems)).toEqual(['birdUnavailable: ENOENT']);
  });

  it('stand beside each other where they are about different subjects, each sentence once', () => {
    const problems = new Problems();
    const adds = problems.of('unfinishedAdds');
    adds.set('wiringFailed', 'the ADD of a', 'a');
    adds.set('wiringFailed', 'the ADD of b', 'b');
    problems.of('leftovers').set('wiringFailed', 'the ADD of a');
    problems.of('hostEnds').set('wiringFailed', 'an end');
    expect(codes(problems)).toEqual([
      'wiringFailed: an end',
      'wiringFailed: the ADD of a',
      'wiringFailed: the ADD of b',
    ]);
    adds.clear('b');
    adds.clear('never stated');
    expect(codes(problems)).toEqual(['wiringFailed: an end', 'wiringFailed: the ADD of a']);
  });

  it('stay when another owner clears its own', () => {
    const problems = new Problems();
    problems.of('podMtu').set('mtuTooSmall', '1200');
    problems.of('routes').clear();
    problems.of('templates').replaceAll([]);
    expect(codes(problems)).toEqual(['mtuTooSmall: 1200']);
    expect(problems.isStated('podMtu')).toBe(true);
    expect(problems.isStated('routes')).toBe(false);
  });

  it('are replaced as a whole, and the owner is told which of them are news', () => {
    const templates = new Problems().of('templates');
    const old = { code: 'templateOutdated', message: 'peer.hbs' } as const;
    const unused = { code: 'templateUnused', message: 'x.hbs' } as const;
    expect(templates.replaceAll([old])).toEqual([old]);
    expect(templates.replaceAll([unused, old])).toEqual([unused]);
    expect(templates.replaceAll([unused])).toEqual([]);
  });

  it('tell their owner whether a statement is news, so that a log tells it once', () => {
    const metrics = new Problems().of('metrics');
    expect(metrics.set('metricsUnavailable', 'port 1')).toBe(true);
    expect(metrics.set('metricsUnavailable', 'port 1')).toBe(false);
    expect(metrics.set('metricsUnavailable', 'port 2')).toBe(true);
    metrics.clear();
    expect(metrics.get()).toBeUndefined();
    expect(metrics.set('metricsUnavailable', 'port 2')).toBe(true);
  });

  it('include those that are worked out when the status is asked for', () => {
    const problems = new Problems();
    problems.of('nextPodSource').set('sourceUnavailable', 'the new folder');
    const podSource = [{ code: 'sourceUnavailable', message: '/etc/pods: missing' }] as const;
    expect(problems.list({ podSource }).map(({ message }) => message)).toEqual([
      'the new folder',
      '/etc/pods: missing',
    ]);
  });
});
