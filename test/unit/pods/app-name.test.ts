import { expect, it } from 'vitest';
import { appName } from '../../../src/pods/app-name.ts';

const owned = (kind: string, name: string, templateHash?: string): string =>
  appName({ podName: 'web-7d4b9c-x2x9p', controller: { kind, name }, templateHash });

it('of a pod that nothing controls is its own name', () => {
  expect(appName({ podName: 'web', controller: undefined, templateHash: undefined })).toBe('web');
});

it.each([
  ['Deployment, through its ReplicaSet', 'ReplicaSet', 'web-7d4b9c55d8', '7d4b9c55d8', 'web'],
  ['Deployment with dashes', 'ReplicaSet', 'web-front-7d4b9c55d8', '7d4b9c55d8', 'web-front'],
  ['Deployment, where the label is missing', 'ReplicaSet', 'web-7d4b9c55d8', undefined, 'web'],
  ['Deployment, where the label is of something else', 'ReplicaSet', 'web-7d4b9c55d8', 'other', 'web'],
  ['ReplicaSet without a hash', 'ReplicaSet', 'web', undefined, 'web'],
  ['ReplicaSet that is all hash', 'ReplicaSet', '-7d4b9c55d8', undefined, '-7d4b9c55d8'],
  ['StatefulSet', 'StatefulSet', 'db-main', undefined, 'db-main'],
  ['DaemonSet', 'DaemonSet', 'node-agent', undefined, 'node-agent'],
  ['Job', 'Job', 'backup-28391', undefined, 'backup-28391'],
])('of a %s is the name without the hash of the pod template', (_what, kind, name, hash, app) => {
  expect(owned(kind, name, hash)).toBe(app);
});
