import type { KubeApi, KubeFailure } from "../../../kube/kubeApi.ts";
import type { Right } from "./rights.ts";

const REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

/** Whether the user has a right. */
export interface RightFound {
  readonly right: Right;
  /** The verbs that are denied. */
  readonly denied: readonly string[];
  /** Why the review failed; null: it did not. */
  readonly trouble: KubeFailure | null;
}

interface Review {
  readonly status?: { readonly allowed?: boolean };
}

/** Asks the API server which of these rights the current user has. */
export async function askRights(
  kube: KubeApi,
  rights: readonly Right[],
  limits: { readonly timeLimitMs: number; readonly signal: AbortSignal },
): Promise<readonly RightFound[]> {
  const found: RightFound[] = [];
  // One right after the other: with many namespaces there are many, and the API server limits request rates.
  for (const right of rights) {
    const { group, resource, namespace, name } = right;
    const answers = await Promise.all(
      right.verbs.map(async (verb) => {
        const resourceAttributes = { verb, group, resource, ...(namespace && { namespace }), ...(name && { name }) };
        return { verb, answer: await kube.create<Review>(REVIEWS, { spec: { resourceAttributes } }, limits) };
      }),
    );
    const denied = answers.flatMap(({ verb, answer }) => (answer.ok && answer.value.status?.allowed !== true ? [verb] : []));
    const trouble = answers.flatMap(({ answer }) => (answer.ok ? [] : [answer]))[0] ?? null;
    found.push({ right, denied, trouble });
  }
  return found;
}
