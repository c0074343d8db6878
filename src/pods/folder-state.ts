/**
 * How the folder of manifests is. While it is `missing`, `unreadable` or `unmounted`, what was read of it before
 * stands: it has been moved or unmounted more likely than its pods have gone.
 */
export interface FolderState {
  readonly kind: 'unread' | 'listed' | 'missing' | 'unreadable' | 'unmounted';
  /** Of `unreadable`: why. Of `unmounted`: the mount point. */
  readonly detail: string | undefined;
  /** Whether it has been listed ever. */
  readonly known: boolean;
  /** What it was when it was listed last. */
  readonly identity: string | undefined;
  readonly mountPoint: string | undefined;
}

/** One look at the folder. */
export type FolderLook =
  | { readonly kind: 'missing' }
  | { readonly kind: 'unreadable'; readonly message: string }
  | {
      readonly kind: 'listed';
      /** Differs when there is another folder at the path. */
      readonly identity: string;
      /** Whether it has a manifest. */
      readonly empty: boolean;
      /** The mount point that it lies on, and whether a path is a mount point; asked only about another folder. */
      mountPoint(): string | undefined;
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
 * The state after a look, while that many pods stand. A folder without a manifest in the place of one that lay on a mount point which is none now
 * is what was below that mount: the file system has gone, and nothing says that the pods have. An operator who empties
 * the folder, or puts an empty one there, leaves the mount point as it is.
 */
export function nextFolderState(state: FolderState, look: FolderLook, standing: number): FolderState {
  if (look.kind === 'missing') return { ...state, kind: 'missing', detail: undefined };
  if (look.kind === 'unreadable') return { ...state, kind: 'unreadable', detail: look.message };
  if (look.identity === state.identity) return { ...state, kind: 'listed', detail: undefined };
  const { mountPoint } = state;
  if (look.empty && standing > 0 && mountPoint !== undefined && !look.isMountPoint(mountPoint)) {
    return { ...state, kind: 'unmounted', detail: mountPoint };
  }
  const { identity } = look;
  return { kind: 'listed', detail: undefined, known: true, identity, mountPoint: look.mountPoint() };
}

/** Whether two states say the same to people. */
export function sameFolderState(a: FolderState, b: FolderState): boolean {
  return a.kind === b.kind && a.detail === b.detail;
}
