import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { errorText } from '../errors.ts';
import { type FileStamp, readText, stampOf } from '../files/read-text.ts';
import { type ManifestRecord, nextRecord } from './manifest-record.ts';

/** Size above which a manifest file is refused. etcd takes no object above 1.5 MiB. */
const MAX_FILE_BYTES = 1_572_864;

/**
 * How long a file must have been left alone before its stamp can be trusted, in milliseconds: two writes within one
 * tick of the kernel's clock (10 ms at the least CONFIG_HZ, 100) bear the same time. Some file systems keep whole
 * seconds, FAT two of them.
 */
const STAMP_TRUST_MS = { fine: 50, wholeSeconds: 2_500 } as const;

/** How the folder itself was when it was last looked at. `missing` and `unreadable`: the records are from before. */
export type FolderState =
  | { readonly kind: 'unread' | 'listed' | 'missing' }
  | { readonly kind: 'unreadable'; readonly message: string };

/** Whether a file of the folder is a manifest: what the shell would find as `*.yaml`, `*.yml` and `*.json`. */
export function isManifestName(name: string): boolean {
  return /^[^.].*\.(?:yaml|yml|json)$/.test(name);
}

/** What a folder of manifests holds, as far as it was read. */
export class ManifestFolder {
  readonly #path: string;
  readonly #now: () => number;
  readonly #trustedUids: readonly number[];
  readonly #records = new Map<string, ManifestRecord>();
  #state: FolderState = { kind: 'unread' };

  /** @param now milliseconds since 1970; @param trustedUids users whose files may name commands for the host. */
  constructor(path: string, now: () => number, trustedUids: readonly number[]) {
    this.#path = path;
    this.#now = now;
    this.#trustedUids = trustedUids;
  }

  get state(): FolderState {
    return this.#state;
  }

  get records(): Iterable<ManifestRecord> {
    return this.#records.values();
  }

  /** Files of which something is kept until a later reading confirms that it has gone. */
  unsettled(): readonly { readonly file: string; readonly what: 'file' | 'content' }[] {
    return [...this.#records.values()].flatMap(({ file, unsettled }) =>
      unsettled === undefined ? [] : [{ file, what: unsettled.what }],
    );
  }

  /**
   * Looks at every file, and reads those that may have changed. While the folder cannot be listed, what was read of it
   * stands: it has been moved or unmounted more likely than its pods have gone.
   * @returns whether anything is different now.
   */
  scan(): boolean {
    let names: readonly string[];
    const before = this.#state;
    try {
      names = readdirSync(this.#path);
      this.#state = { kind: 'listed' };
    } catch (error) {
      this.#state = failure(error);
      return !sameState(before, this.#state);
    }
    const files = new Set([...names.filter(isManifestName), ...this.#records.keys()]);
    let changed = !sameState(before, this.#state);
    for (const file of files) if (this.#refresh(file)) changed = true;
    return changed;
  }

  /**
   * Looks at one file. A file that is gone together with its folder is left to `scan`.
   * @returns whether anything is different now.
   */
  refresh(file: string): boolean {
    if (this.#state.kind !== 'listed' || stampOf(this.#path) === undefined) return this.scan();
    return this.#refresh(file);
  }

  #refresh(file: string): boolean {
    const path = join(this.#path, file);
    const previous = this.#records.get(file);
    if (previous !== undefined && previous.unsettled === undefined && isUntouched(previous, stampOf(path)))
      return false;
    const reading = readText(path, MAX_FILE_BYTES);
    const next = nextRecord(previous, { file, reading, now: this.#now(), trustedUids: this.#trustedUids });
    if (next === undefined) this.#records.delete(file);
    else this.#records.set(file, next);
    return next?.manifests !== previous?.manifests || next?.problems !== previous?.problems;
  }
}

/** Whether a file is, for certain, as it was when it was read. */
export function isUntouched(
  { stamp, readAt }: Pick<ManifestRecord, 'stamp' | 'readAt'>,
  current: FileStamp | undefined,
): boolean {
  if (stamp === undefined || current === undefined || stamp.id !== current.id) return false;
  return readAt - stamp.changedAt >= (stamp.wholeSeconds ? STAMP_TRUST_MS.wholeSeconds : STAMP_TRUST_MS.fine);
}

function failure(error: unknown): FolderState {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' ? { kind: 'missing' } : { kind: 'unreadable', message: errorText(error) };
}

function sameState(a: FolderState, b: FolderState): boolean {
  return a.kind === b.kind && (a.kind !== 'unreadable' || b.kind !== 'unreadable' || a.message === b.message);
}
