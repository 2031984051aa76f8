import type { Loss } from "../linkerd/loss.ts";
import { lossQuestions, type Needs } from "../linkerd/losses.ts";
import { LEAVES_BY_AUTHORITY_QUERY } from "../linkerd/queries.ts";
import type { PrometheusClient } from "./prometheus.ts";

/** What the proxies' series lack. */
export interface Losses {
  readonly losses: readonly Loss[];
  /** Whether all questions were answered: else more may be lost. */
  readonly complete: boolean;
}

/** Asks one question after the other, beside those that a tick waits for. */
export async function findLosses(
  prometheus: PrometheusClient,
  needs: Omit<Needs, "leaves">,
  namespaces: readonly string[],
): Promise<Losses> {
  const byAuthority = await prometheus.queryAside(LEAVES_BY_AUTHORITY_QUERY);
  const leavesBy = byAuthority.ok && byAuthority.samples.length > 0 ? "authority" : "dst_namespace";
  const losses: Loss[] = [];
  let complete = true;
  for (const { promql, read } of lossQuestions({ ...needs, leaves: { namespaces, leavesBy } })) {
    const answer = await prometheus.queryAside(promql);
    if (answer.ok) losses.push(...read(answer.samples));
    else complete = false;
  }
  return { losses, complete };
}
