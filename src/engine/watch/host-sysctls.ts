import { errorText } from '../../errors.ts';
import { isHostInterfaceName } from '../../model/names.ts';
import { forwardingSysctls, type HostSysctl } from '../../wiring/host/forwarding.ts';
import type { EnginePorts, EngineState } from '../context.ts';
import { isContested, type Repairs, recent, withRepair } from './repeats.ts';

/** The sysctls of the whole host that pods depend on, kept as the start has set them. */
export interface HostSysctls {
  /** Reads all of them, and sets again what is not as it should be. Takes a few file reads, and never throws. */
  check(): void;
}

/** Repairs of one sysctl within a minute that are too many to be an accident. */
const CONTESTED = 3;
/** The subject of the problem that sysctls cannot be read at all. */
const UNREADABLE = 'unreadable';

/** What is remembered of a sysctl that was not as it should be. */
interface Record {
  readonly repairs: Repairs;
  /** Why it cannot be set, when it cannot. */
  readonly refusal: string | undefined;
}

export function createHostSysctls(ports: EnginePorts, state: EngineState): HostSysctls {
  const { kernel, log, now } = ports;
  const problems = state.problems.of('sysctls');
  const records = new Map<string, Record>();

  function differing(): HostSysctl[] {
    const links = [...state.host.links.keys()].filter((name) => !isHostInterfaceName(name));
    return forwardingSysctls(links, (path) => kernel.host.readSysctlAgain(path), state.host.leading);
  }

  function set({ path, value }: HostSysctl): void {
    const known = records.get(path);
    const was = kernel.host.readSysctl(path);
    // Switching forwarding on for the host has switched it on for its links.
    if (was === value) return;
    try {
      kernel.host.writeSysctl(path, value);
      const repairs = withRepair(known?.repairs ?? [], now().getTime());
      records.set(path, { repairs, refusal: undefined });
      log.warn({ path, was, value }, 'a sysctl of the host was not as pods need it; set');
    } catch (error) {
      const refusal = `sysctl ${path} is ${was ?? 'missing'}, not ${value}, and cannot be set: ${errorText(error)}`;
      if (known?.refusal !== refusal) log.error({ path, was, value }, refusal);
      records.set(path, { repairs: known?.repairs ?? [], refusal });
    }
  }

  function tell(): void {
    const sentences: string[] = [];
    for (const [path, { repairs, refusal }] of records) {
      const left = recent(repairs, now().getTime());
      if (refusal !== undefined) sentences.push(refusal);
      else if (isContested(left, now().getTime(), CONTESTED)) sentences.push(contestedSentence(path, left.length));
      if (refusal === undefined && left.length === 0) records.delete(path);
    }
    if (sentences.length === 0) problems.clear();
    else problems.set('forwardingOff', sentences.join('; '));
  }

  return {
    check() {
      try {
        const wrong = differing();
        for (const sysctl of wrong) set(sysctl);
        const paths = new Set(wrong.map(({ path }) => path));
        for (const [path, record] of records) {
          if (!paths.has(path) && record.refusal !== undefined) records.set(path, { ...record, refusal: undefined });
        }
      } catch (error) {
        const message = `the sysctls of this host cannot be read: ${errorText(error)}`;
        if (problems.set('forwardingOff', message, UNREADABLE)) log.error({ err: error }, message);
        return;
      }
      problems.clear(UNREADABLE);
      tell();
    },
  };
}

function contestedSentence(path: string, times: number): string {
  return `sysctl ${path} had to be set ${times} times within a minute: another program keeps changing it, and packets are lost each time; stop it (sysctl.d, a network service)`;
}
