import { FlockError } from '../errors.ts';
import type { Kernel, NamespaceHandle } from '../kernel/ports.ts';
import { type Address, addressBits, familyOf } from '../model/address.ts';
import { arePeers } from './apply.ts';
import type { PodWiring } from './types.ts';

/**
 * Removes claimed addresses from the loopback of a sandbox that may outlive its interface. Call it while the veth
 * exists, which proves that the path still leads to the sandbox that was wired. If it does not, nothing is done.
 * @param netns path of the sandbox at ADD; @param addresses those that no other attachment of the container holds.
 * @throws FlockError `wiringFailed` when the kernel refuses.
 */
export async function unbindFromLoopback(
  kernel: Kernel,
  netns: string,
  wiring: Pick<PodWiring, 'hostInterface' | 'podInterface'>,
  addresses: readonly Address[],
): Promise<void> {
  if (addresses.length === 0) return;
  const sandbox = openIfThere(kernel, netns);
  if (sandbox === undefined) return;
  try {
    const hostLink = await kernel.host.link(wiring.hostInterface);
    const podLink = await sandbox.link(wiring.podInterface);
    const loopback = await sandbox.link('lo');
    if (hostLink === undefined || podLink === undefined || loopback === undefined) return;
    if (!arePeers(hostLink, podLink)) return;
    const results = await sandbox.apply(
      addresses.map((address) => ({
        ...{ kind: 'deleteAddress', linkIndex: loopback.index, address },
        prefixLength: addressBits(familyOf(address)),
      })),
    );
    const refused = addresses.filter((_address, at) => results[at]?.ok !== true);
    if (refused.length > 0)
      throw new FlockError('wiringFailed', `the kernel would not remove ${refused.join(', ')} from lo in ${netns}`);
  } finally {
    sandbox.close();
  }
}

function openIfThere(kernel: Kernel, netns: string): NamespaceHandle | undefined {
  try {
    return kernel.openNamespace(netns);
  } catch (error) {
    if (error instanceof FlockError && error.code === 'sandboxUnknown') return undefined;
    throw error;
  }
}
