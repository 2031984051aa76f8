import { expect, it } from "vitest";
import type { PlainAnswer } from "../plainHttp.ts";
import { type Api, EVENTS, LEASES, NAMESPACE, namesOf } from "./api.ts";

export function leases(api: Api): void {
  const lease = (name: string, holderIdentity: string, metadata: object = {}) => ({
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name, ...metadata },
    spec: { holderIdentity, leaseDurationSeconds: 15, leaseTransitions: 0 },
  });

  it("accepts one of several concurrent creations", async () => {
    const answers = await Promise.all(["a", "b", "c", "d"].map((holder) => api.call("POST", LEASES, lease("created", holder))));
    expect(statuses(answers)).toEqual([201, 409, 409, 409]);
    const winner = answers.find((answer) => answer.status === 201);
    expect((await api.call("GET", `${LEASES}/created`)).body.spec.holderIdentity).toBe(winner?.body.spec.holderIdentity);
  });

  it("accepts one of several updates with the same resourceVersion", async () => {
    const { resourceVersion } = (await api.call("POST", LEASES, lease("updated", "first"))).body.metadata;
    const update = (holder: string) => api.call("PUT", `${LEASES}/updated`, lease("updated", holder, { resourceVersion }));
    const answers = await Promise.all(["a", "b", "c", "d"].map(update));
    expect(statuses(answers)).toEqual([200, 409, 409, 409]);
    expect(answers.find((answer) => answer.status === 409)?.body.reason).toBe("Conflict");
  });

  it("keeps microseconds, accepts an empty holder, and refuses an update without a resourceVersion", async () => {
    const held = lease("times", "me");
    const times = { acquireTime: "2026-01-02T03:04:05.123456Z", renewTime: "2026-01-02T03:04:06.000001Z" };
    const { body } = await api.call("POST", LEASES, { ...held, spec: { ...held.spec, ...times } });
    expect(body.spec).toMatchObject(times);
    const { resourceVersion } = body.metadata;
    expect((await api.call("PUT", `${LEASES}/times`, lease("times", "", { resourceVersion }))).body.spec.holderIdentity).toBe("");
    expect((await api.call("PUT", `${LEASES}/times`, lease("times", "other"))).status).toBe(422);
    expect((await api.call("POST", LEASES, { ...held, metadata: { name: "bad" }, spec: { leaseDurationSeconds: 0 } })).status).toBe(422);
  });
}

export function events(api: Api): void {
  const event = (differences: object = {}) => ({
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
    metadata: { generateName: "web-" },
    eventTime: "2026-01-02T03:04:05.123456Z",
    reportingController: "linkerd-failover",
    reportingInstance: "linkerd-failover-0",
    action: "Shift",
    reason: "Failover",
    type: "Warning",
    note: "traffic moved",
    regarding: { apiVersion: "split.smi-spec.io/v1alpha2", kind: "TrafficSplit", namespace: NAMESPACE, name: "web" },
    ...differences,
  });

  it("accepts a complete one", async () => {
    const { status, body } = await api.call("POST", EVENTS, event());
    expect(status).toBe(201);
    expect(body).toMatchObject({ reason: "Failover", note: "traffic moved", eventTime: "2026-01-02T03:04:05.123456Z" });
    expect(namesOf(await api.call("GET", EVENTS))).toContain(body.metadata.name);
  });

  it("refuses a name prefix that ends in a dot, although client libraries use dots in names", async () => {
    expect((await api.call("POST", EVENTS, event({ metadata: { generateName: "web." } }))).status).toBe(422);
    expect((await api.call("POST", EVENTS, event({ metadata: { name: "web.17f3c5a2b1d0e4f6" } }))).status).toBe(201);
  });

  it.each([
    ["without a time", { eventTime: undefined }],
    ["without a reason", { reason: "" }],
    ["without an action", { action: "" }],
    ["without a reporting instance", { reportingInstance: "" }],
    ["of an unknown type", { type: "Alarm" }],
    ["with a note that is too long", { note: "x".repeat(1_025) }],
  ])("refuses one %s", async (_what, differences) => {
    expect((await api.call("POST", EVENTS, event(differences))).status).toBe(422);
  });
}

function statuses(answers: readonly PlainAnswer[]): number[] {
  return answers.map((answer) => answer.status).sort((one, other) => one - other);
}
