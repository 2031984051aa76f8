import { isDeepStrictEqual } from "node:util";
import type { KubeApi } from "../../../kube/kubeApi.ts";
import { resourcePath } from "../../../kube/resourcePath.ts";
import type { Answer } from "../../output/answer.ts";
import { EXIT } from "../../output/exit.ts";
import { failureText, isAway } from "../../output/failureAnswer.ts";
import { controllerLives, readLease } from "./controllerLives.ts";

/** Of two replicas that are told to stop, the one that hears it later may lead for a moment: longer than it waits for its turn. */
const FREE_FOR_MS = 5_000;
/** A minute at least: pods get 30 s to stop, and a Lease that nobody gave back is free after 15 s. */
const MOST_LOOKS = 12;
/** Where nothing was stopped, a Lease that nobody gave back is all that is waited for. */
const LOOKS_AT_NOTHING = 4;

/** Scales the controller's Deployment to zero and waits until nobody leads. Null when that is so, else why not. One that is not there is stopped. */
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
    return { exit: isAway(scaled) ? EXIT.unreachable : EXIT.no, remarks: [{ message }] };
  }
  const isThere = scaled.ok;
  for (let look = 0; look < (isThere ? MOST_LOOKS : LOOKS_AT_NOTHING); look += 1) {
    const holder = await controllerLives(kube, namespace, wait);
    const lease = await readLease(kube, namespace);
    await wait(FREE_FOR_MS);
    if (holder === null && isDeepStrictEqual(lease, await readLease(kube, namespace))) return null;
  }
  const hint = isThere ? "stop whatever else runs one there" : `there is no Deployment ${namespace}/${deployment}: is it called otherwise?`;
  return { exit: EXIT.no, remarks: [{ message: `a controller still leads in ${namespace}`, hint }] };
}
