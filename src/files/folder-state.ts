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

/** One look at the folder. */
export type FolderLook =
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
 * The state after a look. If a folder was on a mount point that is no longer one, and a folder without files takes its
 * place, that is what was below the mount: the file system is gone, which does not mean that its files are. An operator
 * who empties the folder, or puts an empty one there, leaves the mount point unchanged.
 * @param standing number of files known in it.
 */
export function nextFolderState(state: FolderState, look: FolderLook, standing: number): FolderState {
  if (look.kind === 'unreadable') return { ...state, kind: 'unreadable', detail: look.message };
  if (look.kind === 'missing')
    return { ...state, kind: 'missing', detail: standing > 0 ? lostMount(state, look) : undefined };
  if (look.identity === state.identity) return { ...state, kind: 'listed', detail: undefined };
  const lost = look.empty && standing > 0 ? lostMount(state, look) : undefined;
  if (lost !== undefined) return { ...state, kind: 'unmounted', detail: lost };
  const { identity } = look;
  return { kind: 'listed', detail: undefined, known: true, identity, mountPoint: look.mountPoint() };
}

/** Whether two states look the same to an operator. */
export function sameFolderState(a: FolderState, b: FolderState): boolean {
  return a.kind === b.kind && a.detail === b.detail;
}

/** The mount point that the folder was on, if nothing is mounted there any longer. */
function lostMount({ mountPoint }: FolderState, look: { isMountPoint(path: string): boolean }): string | undefined {
  return mountPoint === undefined || look.isMountPoint(mountPoint) ? undefined : mountPoint;
}
