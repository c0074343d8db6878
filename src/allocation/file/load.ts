import fs from 'node:fs';
import { dirname } from 'node:path';
import { errorText, FlockError } from '../../errors.ts';
import { removeTemporaryFiles, syncFolder } from '../../files/durable-file.ts';
import { hasErrno } from '../../files/errno.ts';
import type { AllocationState } from '../allocation.ts';
import { decodeAllocations } from './file-format.ts';
import { newestSetAside, type SetAside, setAside } from './set-aside.ts';
import { remedyFor } from './write-allocations.ts';

/** What was found at the path. */
interface Loaded {
  readonly state: AllocationState;
  readonly setAside: SetAside | undefined;
}

/**
 * Reads the allocations file once, at the start; see `openAllocationStore`.
 * @throws FlockError `stateUnwritable`.
 */
export async function loadAllocations(path: string, node: string, now: () => Date): Promise<Loaded> {
  const empty: AllocationState = { node, routerId: undefined, lastIp4: undefined, allocations: [] };
  try {
    removeTemporaryFiles(path);
    const text = readIfThere(path);
    if (text === undefined) return { state: empty, setAside: unfinished(path) };
    const decoded = decodeAllocations(text, node);
    if (decoded.ok) return { state: decoded.state, setAside: undefined };
    const kept = setAside(path, now());
    await syncFolder(dirname(path));
    const message = `the allocations file ${path} cannot be used: ${decoded.message}; it is kept as ${kept}, and allocations are rebuilt from the kernel`;
    return { state: empty, setAside: { path: kept, reason: decoded.fault, message } };
  } catch (error) {
    const message = `cannot open the allocations file ${path}: ${errorText(error)}; ${remedyFor(error, path)}`;
    throw new FlockError('stateUnwritable', message, { cause: error });
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return fs.readFileSync(path, 'utf8');
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/**
 * A start that set the file aside and ended before writing a new one leaves no file. If the next start were treated as
 * the first, everything in the kernel that the lost file accounted for would be deleted.
 */
function unfinished(path: string): SetAside | undefined {
  const kept = newestSetAside(path);
  if (kept === undefined) return undefined;
  const message = `there is no allocations file ${path}, but ${kept} was set aside earlier; allocations are rebuilt from the kernel`;
  return { path: kept, reason: 'interrupted', message };
}
