import { isDeepStrictEqual } from "node:util";
import type { KubeApi } from "../../../kube/kubeApi.ts";
import { resourcePath } from "../../../kube/resourcePath.ts";
import type { Answer } from "../../output/answer.ts";
import { EXIT } from "../../output/exit.ts";
import { failureText, gotNoAnswer } from "../../output/failureAnswer.ts";
import { activeLeader, readLease } from "./activeLeader.ts";

/** Of two replicas that stop, the later one may lead for a moment. This is longer than its retry period. */
const FREE_FOR_MS = 5_000;
/** At least a minute: pods get 30 s to stop, and a Lease that was not released expires after 15 s. */
const MAX_ATTEMPTS = 12;
/** Without a Deployment, only a Lease that was not released has to expire. */
const MAX_ATTEMPTS_WITHOUT_DEPLOYMENT = 4;

/** Scales the controller's Deployment to zero and waits until no replica leads. Null on success. A missing Deployment counts as stopped. */
export async function scaleDown(
  kube: KubeApi,
  namespace: string,
  deployment: string,
  wait: (ms: number) => Promise<void>,
): Promise<Answer | null> {
  const path = `${resourcePath({ group: "apps", version: "v1", plural: "deployments", namespace, name: deployment })}/scale`;
  const scaled = await kube.patch(path, "application/merge-patch+json", { spec: { replicas: 0 } });
  if (!scaled.ok && scaled.status !== 404) {
    const message = `cannot scale the Deployment ${namespace}/${deployment} down: ${failureText(scaled)}`;
    return { exit: gotNoAnswer(scaled) ? EXIT.unreachable : EXIT.no, remarks: [{ message }] };
  }
  const exists = scaled.ok;
  for (let attempt = 0; attempt < (exists ? MAX_ATTEMPTS : MAX_ATTEMPTS_WITHOUT_DEPLOYMENT); attempt += 1) {
    const holder = await activeLeader(kube, namespace, wait);
    const lease = await readLease(kube, namespace);
    await wait(FREE_FOR_MS);
    if (holder === null && isDeepStrictEqual(lease, await readLease(kube, namespace))) return null;
  }
  const hint = exists
    ? "stop every other controller in that namespace"
    : `there is no Deployment ${namespace}/${deployment}: check its name`;
  return { exit: EXIT.no, remarks: [{ message: `a controller still leads in ${namespace}`, hint }] };
}
