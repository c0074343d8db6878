import { readdirSync, statSync } from 'node:fs';
import { errorText } from '../errors.ts';
import { hasErrno } from './errno.ts';
import type { FolderReading } from './folder-state.ts';
import { type MountPoints, mountPointOf, readMountPoints } from './mounts.ts';

/** The contents of a folder, as far as it can be listed. */
interface FolderListing {
  readonly reading: FolderReading;
  /** The names that matter. */
  readonly names: ReadonlySet<string>;
}

/**
 * Lists a folder.
 * @param isEntry which names matter. A folder without any of them counts as empty.
 */
export function readFolder(path: string, isEntry: (name: string) => boolean): FolderListing {
  let points: MountPoints | undefined;
  const isMountPoint = (at: string): boolean => {
    points ??= readMountPoints();
    return points.has(at);
  };
  const mountPoint = (): string | undefined => mountPointOf(path, points ?? readMountPoints());
  try {
    const names = new Set(readdirSync(path).filter(isEntry));
    const { dev, ino } = statSync(path);
    const reading = {
      kind: 'listed',
      identity: `${dev}:${ino}`,
      empty: names.size === 0,
      mountPoint,
      isMountPoint,
    } as const;
    return { reading, names };
  } catch (error) {
    const reading: FolderReading = hasErrno(error, 'ENOENT')
      ? { kind: 'missing', isMountPoint }
      : { kind: 'unreadable', message: errorText(error) };
    return { reading, names: new Set() };
  }
}
