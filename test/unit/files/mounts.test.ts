import { expect, it } from 'vitest';
import { coveringPoint, mountPointOf, parseMountPoints, readMountPoints } from '../../../src/files/mounts.ts';

it('reads the mount points, with blanks in them', () => {
  const text = [
    '22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw',
    '30 22 0:26 /sub /mnt/with\\040blank rw shared:9 - tmpfs tmpfs rw',
    'nonsense',
    '',
  ].join('\n');
  expect(parseMountPoints(text)).toEqual(new Set(['/', '/mnt/with blank']));
});

it('the longest mount point at or above a path is the one it lies on', () => {
  const points = new Set(['/', '/mnt', '/mnt/a']);
  const on = ['/mnt/a/b', '/mnt/a', '/mnt/ab', '/m', '/'].map((path) => coveringPoint(path, points));
  expect(on).toEqual(['/mnt/a', '/mnt/a', '/mnt', '/', '/']);
  expect(coveringPoint('/x', new Set())).toBeUndefined();
});

it('knows the mount points of this process', () => {
  expect(mountPointOf('/proc/self', readMountPoints())).toBe('/proc');
  expect(mountPointOf('/nonexistent', readMountPoints())).toBeUndefined();
});
