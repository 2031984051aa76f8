import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Leadership } from "../../src/controller/leadership.ts";
import { createKubeApi } from "../../src/kube/createKubeApi.ts";
import { kubeConfigFor } from "../kube/wire.ts";
import { type ApiDouble, startApiDouble } from "../world/apiDouble.ts";

const PATH = "/apis/coordination.k8s.io/v1/namespaces/linkerd/leases/linkerd-failover";
const GENEROUS = { timeout: 30_000, interval: 10 };

let double: ApiDouble;
let started: Leadership[];

beforeEach(async () => {
  double = await startApiDouble();
  started = [];
});

afterEach(async () => {
  await Promise.all(started.map((leadership) => leadership.stop()));
  await double.close();
});

function stand(identity: string, failures: string[] = []): Leadership {
  const leadership = new Leadership({
    kube: createKubeApi(kubeConfigFor(double.url)),
    namespace: "linkerd",
    identity,
    onChange: () => undefined,
    onFailure: (error) => failures.push(error),
    leaseDurationMs: 1_000,
    renewDeadlineMs: 700,
    retryPeriodMs: 100,
  });
  started.push(leadership);
  leadership.start();
  return leadership;
}

function holder(): unknown {
  return (double.get(PATH) as { spec?: { holderIdentity?: string } } | null)?.spec?.holderIdentity;
}

it("over real HTTP one acquires and releases the lease, and the other follows", async () => {
  const failures: string[] = [];
  const a = stand("a", failures);
  await vi.waitFor(() => expect(a.isLeader()).toBe(true), GENEROUS);
  const b = stand("b", failures);
  await a.stop();
  expect(a.isLeader()).toBe(false);
  await vi.waitFor(() => expect(b.isLeader()).toBe(true), GENEROUS);
  expect(holder()).toBe("b");
  expect(failures).toEqual([]);
});

it("over a connection that hangs the leader stops leading in time", async () => {
  const a = stand("a");
  await vi.waitFor(() => expect(a.isLeader()).toBe(true), GENEROUS);
  double.faults.add({ fault: { kind: "hang" } });
  await vi.waitFor(() => expect(a.isLeader()).toBe(false), GENEROUS);
  double.faults.clear();
  await vi.waitFor(() => expect(a.isLeader()).toBe(true), GENEROUS);
});
