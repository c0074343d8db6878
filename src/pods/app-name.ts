/** The parts of `metadata` that show which application a pod belongs to. */
interface AppFacts {
  readonly podName: string;
  /** The owner with `controller: true`. */
  readonly controller: { readonly kind: string; readonly name: string } | undefined;
  /** Label `pod-template-hash`, which a Deployment puts on its ReplicaSets and their pods. */
  readonly templateHash: string | undefined;
}

/**
 * The name of a pod's application: its Deployment's (the ReplicaSet's name without the hash of the pod template), else
 * the name of its controller, else its own. The same for all replicas.
 */
export function appName({ podName, controller, templateHash }: AppFacts): string {
  if (controller === undefined) return podName;
  const { kind, name } = controller;
  if (kind !== 'ReplicaSet') return name;
  if (templateHash !== undefined && templateHash !== '' && name.endsWith(`-${templateHash}`)) {
    return name.slice(0, -templateHash.length - 1) || name;
  }
  // The hash is a 32-bit number in a text of letters and digits (rand.SafeEncodeString in k8s.io/apimachinery).
  return name.replace(/(?<=.)-[a-z0-9]{1,10}$/, '');
}
