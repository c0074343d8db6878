import type { FolderState } from '../../files/folder-state.ts';
import type { PodProblem } from '../pod-source.ts';

/**
 * What is wrong with the folder as a whole.
 * @param pods number of pods known from it.
 */
export function sourceProblems(
  directory: string,
  state: FolderState,
  pods: number,
  watchFault: string | undefined,
): readonly PodProblem[] {
  const problems: PodProblem[] = [];
  const report = (message: string) => problems.push({ code: 'sourceUnavailable', subject: directory, message });
  const standing = pods === 0 ? '' : `; pods kept from the last reading: ${pods}`;
  if (state.kind === 'missing') {
    const remedy =
      state.detail === undefined ? '; create it' : ` since the file system on ${state.detail} was unmounted; mount it`;
    report(`folder ${directory} (pods.directory) does not exist${remedy}${standing}`);
  }
  if (state.kind === 'unreadable') {
    report(`folder ${directory} (pods.directory) cannot be read: ${state.detail}${standing}`);
  }
  if (state.kind === 'unmounted') {
    const remedy = 'mount it; or, if the folder is meant to be empty, restart flockd';
    report(
      `folder ${directory} (pods.directory) is empty since the file system on ${state.detail} was unmounted; ${remedy}${standing}`,
    );
  }
  if (watchFault !== undefined) {
    report(`folder ${directory} cannot be watched: ${watchFault}; until then it is read every second`);
  }
  return problems;
}
