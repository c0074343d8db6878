/**
 * The state of a folder whose files are to be kept while it is absent: when `missing`, `unreadable` or `unmounted`, it
 * has more likely been moved or unmounted than emptied.
 */
export interface FolderState {
  readonly kind: 'unread' | 'listed' | 'missing' | 'unreadable' | 'unmounted';
  /** Of `unreadable`: why. Of `unmounted`, and of `missing` for that reason: the mount point. */
  readonly detail: string | undefined;
  /** Whether it has ever been listed. */
  readonly known: boolean;
  /** Which folder it was when last listed. */
  readonly identity: string | undefined;
  readonly mountPoint: string | undefined;
}

/** One reading of the folder. */
export type FolderReading =
  | {
      readonly kind: 'missing';
      isMountPoint(path: string): boolean;
    }
  | { readonly kind: 'unreadable'; readonly message: string }
  | {
      readonly kind: 'listed';
      /** Different when another folder is at the path. */
      readonly identity: string;
      /** Whether it has none of the relevant files. */
      readonly empty: boolean;
      /** The mount point that it is on; called only for another folder. */
      mountPoint(): string | undefined;
      /** Whether a file system is mounted on a path; called only when that matters. */
      isMountPoint(path: string): boolean;
    };

export const UNREAD: FolderState = {
  kind: 'unread',
  detail: undefined,
  known: false,
  identity: undefined,
  mountPoint: undefined,
};

/**
 * The state after a reading. A folder without files that replaces one on a mount point which no longer exists is what
 * was below that mount: the file system is unmounted, which does not mean that its files were removed. An operator who
 * empties the folder, or puts an empty one there, leaves the mount point as it is.
 * @param standing how many files are known of it.
 */
export function nextFolderState(state: FolderState, reading: FolderReading, standing: number): FolderState {
  if (reading.kind === 'unreadable') return { ...state, kind: 'unreadable', detail: reading.message };
  if (reading.kind === 'missing')
    return { ...state, kind: 'missing', detail: standing > 0 ? lostMount(state, reading) : undefined };
  if (reading.identity === state.identity) return { ...state, kind: 'listed', detail: undefined };
  const lost = reading.empty && standing > 0 ? lostMount(state, reading) : undefined;
  if (lost !== undefined) return { ...state, kind: 'unmounted', detail: lost };
  const { identity } = reading;
  return { kind: 'listed', detail: undefined, known: true, identity, mountPoint: reading.mountPoint() };
}

/** Whether two states are the same to an operator. */
export function sameFolderState(a: FolderState, b: FolderState): boolean {
  return a.kind === b.kind && a.detail === b.detail;
}

/** The mount point that the folder was on, where nothing is mounted on it any more. */
function lostMount({ mountPoint }: FolderState, reading: { isMountPoint(path: string): boolean }): string | undefined {
  return mountPoint === undefined || reading.isMountPoint(mountPoint) ? undefined : mountPoint;
}
