import type { CountedEndpoints } from "../evaluator/model/observation.ts";

/** How many pods a Service has, by what its controller knows of them. */
export interface Pods {
  readonly ready: number;
  /** Not ready, but they have been. */
  readonly missing: number;
  /** Not ready when the controller started, and since. */
  readonly unclear: number;
  /** Never ready since they were added. */
  readonly added: number;
}

export const NO_PODS: Pods = { ready: 0, missing: 0, unclear: 0, added: 0 };

/** The pods when there are `all`, `ready` of them ready. Those that have been ready stay, and are the first to be ready again. */
export function scale(pods: Pods, ready: number, all: number): Pods {
  const beenReady = Math.min(all, pods.ready + pods.missing);
  const unclear = Math.min(all - beenReady, pods.unclear);
  const added = all - beenReady - unclear;
  const unclearReady = Math.min(unclear, Math.max(0, ready - beenReady));
  const addedReady = Math.max(0, ready - beenReady - unclear);
  return { ready, missing: Math.max(0, beenReady - ready), unclear: unclear - unclearReady, added: added - addedReady };
}

/** The same pods as a new controller finds them. */
export function foundAnew({ ready, missing, unclear, added }: Pods): Pods {
  return { ready, missing: 0, unclear: missing + unclear + added, added: 0 };
}

/** What the controller counts of them. */
export function countPods({ ready, missing, unclear }: Pods): CountedEndpoints {
  return { state: "counted", ready, notReady: missing, ...(unclear > 0 && { unclear }) };
}
