import { PROBLEM_CODES, type Problem, type ProblemCode } from '../model/problem.ts';
import { type CodeOf, PROBLEMS, type StatingOwner, type WatchingOwner } from './problems.ts';

/** What one owner states. It never affects what another one states. */
export interface OwnProblems<C extends ProblemCode> {
  /**
   * States a problem, replacing the one about the same subject.
   * @param subject what it is about, for an owner that can state several; empty for the others.
   * @returns whether that is news: another problem, or none, was stated about the subject.
   */
  set(code: C, message: string, subject?: string): boolean;
  /** The problem about this subject is over, if there was one. */
  clear(subject?: string): void;
  /** States these instead of all that this owner states. @returns those that are news. */
  replaceAll(problems: readonly Problem<C>[]): Problem<C>[];
  /** What is stated about this subject. */
  get(subject?: string): Problem | undefined;
}

/** The problems of owners that determine them when asked. */
export type WatchedProblems = {
  readonly [O in WatchingOwner]: readonly Problem<CodeOf<O>>[];
};

/** The problems of this node. The registry in problems.ts names the owner of each. */
export class Problems {
  readonly #stated = new Map<StatingOwner, Map<string, Problem>>();

  /** The problems of one owner, for its file alone: `test/rules/problems.test.ts` holds that. */
  of<O extends StatingOwner>(owner: O): OwnProblems<CodeOf<O>> {
    const own = this.#stated.get(owner) ?? new Map<string, Problem>();
    this.#stated.set(owner, own);
    return {
      get: (subject = '') => own.get(subject),
      set(code, message, subject = '') {
        const known = own.get(subject);
        own.set(subject, { code, message });
        return isNews({ code, message }, known);
      },
      clear(subject = '') {
        own.delete(subject);
      },
      replaceAll(problems) {
        const before = [...own.values()];
        own.clear();
        for (const [at, problem] of problems.entries()) own.set(`${at}`, problem);
        return problems.filter((problem) => before.every((known) => isNews(problem, known)));
      },
    };
  }

  /** Whether this owner states anything now. */
  isStated(owner: StatingOwner): boolean {
    return (this.#stated.get(owner)?.size ?? 0) > 0;
  }

  /**
   * What `status` lists: in the order of the codes and their owners, each sentence once; of a code that cannot occur
   * twice what the first of its owners says.
   * @param watched of the owners that watch; by default nothing.
   */
  list(watched: Partial<WatchedProblems> = {}): Problem[] {
    const said = new Map<string, readonly Problem[]>(Object.entries(watched));
    for (const [owner, own] of this.#stated) said.set(owner, [...own.values()]);
    const listed = PROBLEM_CODES.flatMap((code) => {
      const { owners, several } = PROBLEMS[code];
      const found = owners.flatMap((owner) => (said.get(owner) ?? []).filter((problem) => problem.code === code));
      return several ? found : found.slice(0, 1);
    });
    return [...new Map(listed.map((problem) => [`${problem.code} ${problem.message}`, problem])).values()];
  }
}

function isNews({ code, message }: Problem, known: Problem | undefined): boolean {
  return known?.code !== code || known.message !== message;
}
