import type { FolderState } from './manifest-folder.ts';
import type { PodProblem } from './types.ts';

/**
 * What is wrong with the folder as a whole.
 * @param pods how many pods are known from it.
 */
export function sourceProblems(
  directory: string,
  state: FolderState,
  pods: number,
  watchError: Error | undefined,
): readonly PodProblem[] {
  const problems: PodProblem[] = [];
  const report = (message: string) => problems.push({ code: 'sourceUnavailable', subject: directory, message });
  const standing = pods === 0 ? '' : `; pods read from it before stand: ${pods}`;
  if (state.kind === 'missing') report(`folder ${directory} (pods.directory) does not exist; create it${standing}`);
  if (state.kind === 'unreadable') {
    report(`folder ${directory} (pods.directory) cannot be read: ${state.message}${standing}`);
  }
  if (watchError !== undefined) {
    report(`folder ${directory} cannot be watched: ${watchError.message}; changes are seen within 10 seconds`);
  }
  return problems;
}
