import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { scaleDown } from "../../../../src/cli/commands/owner/scaleDown.ts";
import type { KubeApi, KubeResult } from "../../../../src/kube/kubeApi.ts";
import { type Cluster, startCluster } from "./cluster.ts";

const SCALE = "/apis/apps/v1/namespaces/linkerd-failover/deployments/linkerd-failover/scale";

let cluster: Cluster;
beforeEach(async () => {
  cluster = await startCluster();
});
afterEach(() => cluster.double.close());

/** Scales down in virtual time; `atSecond` holds what happens meanwhile. */
async function stop(answer: KubeResult<unknown>, atSecond: Readonly<Record<number, () => void>> = {}) {
  const asked: unknown[] = [];
  let seconds = 0;
  const patch = async (...request: unknown[]) => {
    asked.push(request);
    return answer as KubeResult<never>;
  };
  const kube: KubeApi = { ...cluster.kube, get: cluster.kube.get.bind(cluster.kube), patch };
  const wait = async (ms: number) => {
    for (const until = seconds + ms / 1_000; seconds < until; ) atSecond[++seconds]?.();
  };
  return { answer: await scaleDown(kube, "linkerd-failover", "linkerd-failover", wait), asked, seconds };
}

function lease(holderIdentity: string, renewTime = "2026-01-02T03:04:05.000000Z"): void {
  const metadata = { name: "linkerd-failover", namespace: "linkerd-failover" };
  cluster.double.apply({
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata,
    spec: { holderIdentity, leaseDurationSeconds: 15, renewTime },
  });
}

const DONE: KubeResult<unknown> = { ok: true, value: {} };

describe("scaling the controller down", () => {
  it("sets zero replicas and ends when the Lease is released", async () => {
    lease("one");
    const { answer, asked, seconds } = await stop(DONE, { 1: () => lease("") });
    expect(answer).toBeNull();
    expect(asked).toEqual([[SCALE, "application/merge-patch+json", { spec: { replicas: 0 } }]]);
    expect(seconds).toBeLessThan(10);
  });

  it("waits for a replica that leads for a moment longer", async () => {
    lease("one");
    const two = [3, 5, 7, 9, 11].map((second) => [second, () => lease("two", `2026-01-02T03:04:${second + 10}.000000Z`)]);
    const { answer, seconds } = await stop(DONE, { 1: () => lease(""), ...Object.fromEntries(two), 12: () => lease("") });
    expect(answer).toBeNull();
    expect(seconds).toBeGreaterThanOrEqual(12 + 5);
  });

  it("treats a Lease that cannot be read as held", async () => {
    const away: KubeResult<never> = { ok: false, status: 503, reason: "ServiceUnavailable", message: "etcd is away" };
    cluster.kube.get = async () => away;
    const { answer, seconds } = await stop(DONE);
    expect(answer?.remarks[0]?.message).toBe("a controller still leads in linkerd-failover");
    expect(seconds).toBeGreaterThanOrEqual(60);
  });

  it("waits no longer than the Lease lasts for a leader that died", async () => {
    lease("dead");
    const { answer, seconds } = await stop(DONE);
    expect(answer).toBeNull();
    expect(seconds).toBeLessThan(60);
  });

  it("gives up if a replica keeps leading", async () => {
    lease("stubborn");
    const renewals = Array.from({ length: 600 }, (_, i) => [
      i + 1,
      () => lease("stubborn", `2026-01-02T03:04:05.${String(i).padStart(6, "0")}Z`),
    ]);
    const { answer, seconds } = await stop(DONE, Object.fromEntries(renewals));
    expect(answer).toMatchObject({ exit: 1, remarks: [{ message: "a controller still leads in linkerd-failover" }] });
    expect(seconds).toBeGreaterThanOrEqual(60);
  });

  it("reports a missing right and a server that does not answer; a missing Deployment needs no scaling", async () => {
    const failure = (status: number | null, reason: string) => ({ ok: false, status, reason, message: "no" }) as const;
    expect((await stop(failure(403, "Forbidden"))).answer).toEqual({
      exit: 1,
      remarks: [{ message: "cannot scale the Deployment linkerd-failover/linkerd-failover down: 403 Forbidden: no" }],
    });
    expect((await stop(failure(null, "Unreachable"))).answer?.exit).toBe(3);
    expect((await stop(failure(404, "NotFound"))).answer).toBeNull();
  });
});
