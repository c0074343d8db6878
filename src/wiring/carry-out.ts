import { FlockError } from '../errors.ts';
import type { NetworkNamespace } from '../kernel/ports.ts';
import type { Difference } from './types.ts';

/**
 * Puts differences right: sysctls first, since an address cannot be added while IPv6 is off, then all changes in one go.
 * @param subject what is being changed, for the message.
 * @throws FlockError `wiringFailed` naming every difference that stayed.
 */
export async function carryOut(
  namespace: NetworkNamespace,
  differences: readonly Difference[],
  subject: string,
): Promise<void> {
  const failures: string[] = [];
  for (const { fix, text } of differences) {
    if (fix.kind !== 'sysctl') continue;
    try {
      namespace.writeSysctl(fix.path, fix.value);
    } catch (cause) {
      throw new FlockError('wiringFailed', `${subject}: ${text}, and it cannot be set`, { cause });
    }
  }
  const changes = differences.filter((difference) => difference.fix.kind === 'change');
  const results = await namespace.apply(changes.flatMap(({ fix }) => (fix.kind === 'change' ? [fix.change] : [])));
  for (const [index, result] of results.entries()) {
    if (result.ok) continue;
    const reason = result.message === undefined ? result.errno : `${result.errno}, ${result.message}`;
    failures.push(`${changes[index]?.text ?? 'unknown change'} (${reason})`);
  }
  if (failures.length > 0)
    throw new FlockError('wiringFailed', `${subject}: the kernel refused: ${failures.join('; ')}`);
}
