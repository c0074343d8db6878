import { type BirdControl, BirdError, type BirdFileError } from '../../bird-control/types.ts';
import type { Candidate } from './candidate.ts';
import { checkOffline, type OfflineVerdict } from './offline-check.ts';

/** What BIRD thinks of a candidate set. */
export type Verdict =
  /** `by` says whether the running BIRD has judged it, or `bird -p` while none answers, and why not. */
  | { readonly verdict: 'accepted'; readonly by: 'bird' }
  | { readonly verdict: 'accepted'; readonly by: 'bird -p'; readonly absence: string }
  | { readonly verdict: 'refused'; readonly message: string }
  /** There is no verdict. */
  | { readonly verdict: 'unknown'; readonly message: string };

/**
 * Failures after which it makes sense to ask `bird -p` instead: no BIRD, one that hangs, one that crashed over the
 * question.
 */
const ABSENT: ReadonlySet<string> = new Set(['unreachable', 'timeout', 'connectionLost', 'busy']);

/**
 * Lets BIRD judge a candidate set as a whole: the running one by `configure check` (same version, same user, and it
 * opens the log files), else the program by `bird -p`.
 * @param binary path of the bird program; by default the host's.
 */
export async function judge(candidate: Candidate, control: BirdControl, binary?: string): Promise<Verdict> {
  const prejudice = refusedUnseen(candidate);
  if (prejudice !== undefined) return prejudice;
  try {
    const answer = await control.configureCheck(candidate.main);
    if (answer.ok) return { verdict: 'accepted', by: 'bird' };
    return { verdict: 'refused', message: withFault(faultText(answer.error), candidate) };
  } catch (error) {
    if (!(error instanceof BirdError)) throw error;
    if (!ABSENT.has(error.kind)) return { verdict: 'unknown', message: error.message };
    const offline = await judgeByProgram(candidate, binary);
    if (offline.verdict === 'accepted') return { verdict: 'accepted', by: 'bird -p', absence: error.message };
    if (offline.verdict === 'refused') return offline;
    return { verdict: 'unknown', message: `${error.message}; ${offline.message}` };
  }
}

/** Lets the program judge a candidate set as a whole, by `bird -p`. */
export async function judgeByProgram(candidate: Candidate, binary?: string): Promise<OfflineVerdict> {
  const prejudice = refusedUnseen(candidate);
  if (prejudice !== undefined) return prejudice;
  const verdict = await checkOffline(candidate.main, binary);
  return verdict.verdict === 'refused' ? { ...verdict, message: withFault(verdict.message, candidate) } : verdict;
}

/** BIRD would judge another text than the candidate's, or refuse it with a message that does not say why. */
function refusedUnseen({ fault }: Candidate): Extract<OfflineVerdict, { verdict: 'refused' }> | undefined {
  if (fault?.kind !== 'past' && fault?.kind !== 'twice') return undefined;
  return { verdict: 'refused', message: fault.message };
}

/** What is wrong with the operator's file may well be the reason. */
function withFault(said: string, { fault }: Candidate): string {
  return fault === undefined ? said : `${said}; ${fault.message}`;
}

/** A fault in a file as BIRD prints it: `file:line:column message`. */
export function faultText({ file, line, column, message }: BirdFileError): string {
  const position = [file, line, column].filter((part) => part !== undefined && part !== '').join(':');
  return position === '' ? message : `${position} ${message}`;
}
