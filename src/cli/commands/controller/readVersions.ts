import type { KubeApi } from "../../../kube/kubeApi.ts";
import { failureText } from "../../output/failureAnswer.ts";
import { podOf } from "../../wiring/identity.ts";
import { type ControllerPlace, type Lease, leasePath } from "./askController.ts";
import { listPods } from "./listPods.ts";
import { readReplica } from "./readReplica.ts";

/** A version is not worth a longer wait. */
const TIME_LIMIT_MS = 3_000;

/** The versions of the replicas that answered; or why none did. */
export type Versions =
  | { readonly replicas: readonly { readonly pod: string; readonly version: string; readonly leads: boolean }[] }
  | { readonly why: string };

/** Asks every replica for its version. */
export async function readVersions(kube: KubeApi, place: ControllerPlace): Promise<Versions> {
  const limits = { timeLimitMs: TIME_LIMIT_MS };
  const [lease, pods] = await Promise.all([kube.get<Lease>(leasePath(place.namespace), limits), listPods(kube, place.namespace, limits)]);
  const leader = podOf((lease.ok ? lease.value.spec?.holderIdentity : undefined) ?? "");
  const names = [...new Set([...(leader === "" ? [] : [leader]), ...(pods.ok ? pods.value.map(({ name }) => name) : [])])];
  if (names.length === 0) {
    const failed = [lease, pods].find((read) => !read.ok && read.status !== 404);
    return { why: failed === undefined || failed.ok ? `${place.namespace} has no controller` : failureText(failed) };
  }
  const answers = await Promise.all(names.map(async (pod) => ({ pod, facts: await readReplica(kube, place, pod, limits) })));
  const replicas = answers.flatMap(({ pod, facts }) =>
    facts.ok ? [{ pod, version: facts.value.version ?? "unknown", leads: pod === leader }] : [],
  );
  const refused = answers.map(({ facts }) => facts).find((facts) => !facts.ok);
  return replicas.length > 0 || refused === undefined || refused.ok ? { replicas } : { why: failureText(refused) };
}
