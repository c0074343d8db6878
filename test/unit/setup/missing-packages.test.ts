import { describe, expect, it } from 'vitest';
import { type LockedPackage, type MachineType, missingPackages } from '../../setup/missing-packages.ts';

const machine: MachineType = { os: 'linux', cpu: 'x64', libc: 'glibc' };

/** What is missing where only one package is locked, and this version of it is there. */
const missing = (wanted: LockedPackage, version?: string) =>
  missingPackages({ '': {}, 'node_modules/a': { version: '1.0.0', ...wanted } }, machine, () => version);

describe('a package of the lock file', () => {
  it('must be there in its version', () => {
    expect(missing({}, '1.0.0')).toEqual([]);
    expect(missing({})).toEqual(['node_modules/a: missing, wanted 1.0.0']);
    expect(missing({}, '1.0.1')).toEqual(['node_modules/a: version 1.0.1, wanted 1.0.0']);
  });

  it.each([
    ['for this machine type', { os: 'linux', cpu: 'x64' }],
    ['for this machine type among others', { os: ['darwin', 'linux'], cpu: ['arm64', 'x64'] }],
    ['for the C library of this machine', { os: ['linux'], cpu: ['x64'], libc: ['glibc'] }],
  ])('must be there though optional when it is %s', (_what, wanted) => {
    expect(missing({ optional: true, ...wanted })).toHaveLength(1);
    expect(missing({ optional: true, ...wanted }, '1.0.0')).toEqual([]);
  });

  it.each([
    ['for another system', { os: ['darwin'], cpu: ['x64'] }],
    ['for another processor', { os: ['linux'], cpu: 'arm64' }],
    ['for another C library', { os: ['linux'], cpu: ['x64'], libc: ['musl'] }],
    ['for any machine', {}],
  ])('may be missing when it is optional and %s', (_what, wanted) => {
    expect(missing({ optional: true, ...wanted })).toEqual([]);
  });
});
