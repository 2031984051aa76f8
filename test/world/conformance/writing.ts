import { expect, it } from "vitest";
import { type Api, JSON_PATCH, MERGE_PATCH, SPLITS, SPLITS_V1ALPHA1, split } from "./api.ts";

export function replacing(api: Api): void {
  it("replaces with the newest resourceVersion only", async () => {
    const object = await api.create("put");
    const changed = { ...object, spec: split("put", [3, 4]).spec };
    const first = await api.call("PUT", `${SPLITS}/put`, changed);
    expect(first).toMatchObject({ status: 200, body: { metadata: { generation: 2 } } });
    expect(Number(first.body.metadata.resourceVersion)).toBeGreaterThan(Number(object.metadata.resourceVersion));
    expect(await api.call("PUT", `${SPLITS}/put`, changed)).toMatchObject({ status: 409, body: { reason: "Conflict", code: 409 } });
    expect((await api.call("PUT", `${SPLITS}/put`, split("put"))).status).toBe(422);
    expect((await api.call("PUT", `${SPLITS}/not-there`, split("not-there"))).status).toBe(404);
  });

  it("does not write an unchanged object, and does not count metadata changes in the generation", async () => {
    const object = await api.create("same");
    expect((await api.call("PUT", `${SPLITS}/same`, object)).body.metadata.resourceVersion).toBe(object.metadata.resourceVersion);
    const annotated = await api.call("PATCH", `${SPLITS}/same`, { metadata: { annotations: { a: "1" } } }, MERGE_PATCH);
    expect(annotated.body.metadata).toMatchObject({ generation: 1, annotations: { a: "1" } });
    expect(annotated.body.metadata.resourceVersion).not.toBe(object.metadata.resourceVersion);
  });
}

export function jsonPatching(api: Api): void {
  const patch = (name: string, ...operations: object[]) => api.call("PATCH", `${SPLITS}/${name}`, operations, JSON_PATCH);

  it("adds, replaces and removes by path", async () => {
    await api.create("jp", { annotations: { "a/b": "old" } });
    const { status, body } = await patch(
      "jp",
      { op: "replace", path: "/spec/backends/0/weight", value: 7 },
      { op: "add", path: "/metadata/annotations/a~1b", value: "new" },
      { op: "add", path: "/spec/backends/-", value: { service: "third", weight: 1 } },
      { op: "remove", path: "/spec/backends/1" },
    );
    expect(status).toBe(200);
    expect(body.spec.backends).toEqual([
      { service: "web-0", weight: 7 },
      { service: "third", weight: 1 },
    ]);
    expect(body.metadata.annotations).toEqual({ "a/b": "new" });
  });

  it("answers 409 to a stale resourceVersion, and changes nothing", async () => {
    const { metadata } = await api.create("jp-stale");
    const guarded = [
      { op: "replace", path: "/metadata/resourceVersion", value: metadata.resourceVersion },
      { op: "replace", path: "/spec/backends/0/weight", value: 2 },
    ];
    expect((await patch("jp-stale", ...guarded)).status).toBe(200);
    const stale = await patch("jp-stale", guarded[0] ?? {}, { op: "replace", path: "/spec/backends/0/weight", value: 3 });
    expect(stale).toMatchObject({ status: 409, body: { kind: "Status", reason: "Conflict" } });
    expect((await api.call("GET", `${SPLITS}/jp-stale`)).body.spec.backends[0].weight).toBe(2);
  });

  it.each([
    ["a failing test", { op: "test", path: "/spec/service", value: "other" }],
    ["a missing path", { op: "replace", path: "/spec/backends/9/weight", value: 1 }],
    ["an addition below a missing map", { op: "add", path: "/metadata/annotations/a", value: "1" }],
    ["a removal of nothing", { op: "remove", path: "/metadata/labels" }],
    ["an unknown operation", { op: "increase", path: "/spec/backends/0/weight", value: 1 }],
    ["a value that violates the schema", { op: "replace", path: "/spec/backends/0/weight", value: "1" }],
  ])("answers 422 to %s, and changes nothing", async (_what, operation) => {
    const name = `jp-${api.nextNumber()}`;
    const before = await api.create(name);
    const answer = await patch(name, { op: "add", path: "/spec/backends/0/weight", value: 9 }, operation);
    expect(answer).toMatchObject({ status: 422, body: { kind: "Status", reason: "Invalid", code: 422 } });
    expect((await api.call("GET", `${SPLITS}/${name}`)).body).toEqual(before);
  });

  it("answers 400 to a patch that is not a list, 415 to an unknown patch type", async () => {
    await api.create("jp-type");
    expect((await api.call("PATCH", `${SPLITS}/jp-type`, { op: "add" }, JSON_PATCH)).status).toBe(400);
    expect((await api.call("PATCH", `${SPLITS}/jp-type`, {}, "application/json")).status).toBe(415);
  });
}

export function mergePatching(api: Api): void {
  it("merges maps, replaces lists, and removes by null", async () => {
    await api.create("mp", { annotations: { keep: "1", drop: "1" } });
    const patch = { metadata: { annotations: { drop: null, add: "1" } }, spec: { backends: [{ service: "only", weight: 1 }] } };
    const { status, body } = await api.call("PATCH", `${SPLITS}/mp`, patch, MERGE_PATCH);
    expect(status).toBe(200);
    expect(body.metadata.annotations).toEqual({ keep: "1", add: "1" });
    expect(body.spec).toEqual({ service: "web", backends: [{ service: "only", weight: 1 }] });
  });

  it("answers 409 to a stale resourceVersion, 422 to a violation of the schema", async () => {
    await api.create("mp-bad");
    const stale = await api.call("PATCH", `${SPLITS}/mp-bad`, { metadata: { resourceVersion: "1", labels: { a: "b" } } }, MERGE_PATCH);
    expect(stale).toMatchObject({ status: 409, body: { reason: "Conflict" } });
    expect((await api.call("PATCH", `${SPLITS}/mp-bad`, { spec: { backends: "none" } }, MERGE_PATCH)).status).toBe(422);
  });
}

export function deleting(api: Api): void {
  it("deletes with preconditions, completely", async () => {
    const object = await api.create("deleted");
    const wrong = await api.call("DELETE", `${SPLITS}/deleted`, {
      kind: "DeleteOptions",
      apiVersion: "v1",
      preconditions: { resourceVersion: "1" },
    });
    expect(wrong).toMatchObject({ status: 409, body: { reason: "Conflict" } });
    const deleted = await api.call("DELETE", `${SPLITS}/deleted`);
    expect(deleted).toMatchObject({ status: 200, body: { status: "Success", details: { name: "deleted", uid: object.metadata.uid } } });
    expect((await api.call("GET", `${SPLITS}/deleted`)).status).toBe(404);
  });
}

export function fieldManagers(api: Api): void {
  it("records which writer wrote each field last", async () => {
    await api.create("managed");
    await api.call(
      "PATCH",
      `${SPLITS}/managed?fieldManager=someone`,
      [{ op: "replace", path: "/spec/backends/0/weight", value: 5 }],
      JSON_PATCH,
    );
    const { metadata } = (await api.call("GET", `${SPLITS}/managed`)).body;
    const managedFields: readonly { manager: string; fieldsV1: Record<string, object> }[] = metadata.managedFields;
    const owner = (manager: string) => managedFields.find((entry) => entry.manager === manager);
    expect(owner("someone")).toMatchObject({ operation: "Update", apiVersion: "split.smi-spec.io/v1alpha2", fieldsType: "FieldsV1" });
    expect(owner("someone")?.fieldsV1["f:spec"]).toHaveProperty("f:backends");
    expect(owner("conformance")?.fieldsV1["f:spec"]).toHaveProperty("f:service");
    expect(owner("conformance")?.fieldsV1["f:spec"]).not.toHaveProperty("f:backends");
  });
}

export function versions(api: Api): void {
  it("serves objects written in one version in the other one, without conversion", async () => {
    const old = { ...split("old", ["500m", 2]), apiVersion: "split.smi-spec.io/v1alpha1" };
    expect((await api.call("POST", SPLITS_V1ALPHA1, old)).status).toBe(201);
    const { body } = await api.call("GET", `${SPLITS}/old`);
    expect(body.apiVersion).toBe("split.smi-spec.io/v1alpha2");
    expect(body.spec.backends).toMatchObject([{ weight: "500m" }, { weight: 2 }]);
  });

  it("validates a changed spec by the version of the request, and accepts an unchanged one", async () => {
    await api.call("POST", SPLITS_V1ALPHA1, { ...split("mixed", ["500m", 2]), apiVersion: "split.smi-spec.io/v1alpha1" });
    const weight = (at: number, value: unknown) => ({ op: "replace", path: `/spec/backends/${at}/weight`, value });
    const patch = (path: string, ...operations: object[]) => api.call("PATCH", `${path}/mixed`, operations, JSON_PATCH);
    expect((await patch(SPLITS, weight(1, 3))).status).toBe(422);
    expect((await patch(SPLITS, { op: "add", path: "/metadata/annotations", value: { a: "b" } })).status).toBe(200);
    expect((await patch(SPLITS_V1ALPHA1, weight(1, 3))).status).toBe(200);
    expect((await patch(SPLITS_V1ALPHA1, weight(1, 0.5))).status).toBe(422);
    expect((await patch(SPLITS, weight(0, 0.5), weight(1, 1))).status).toBe(200);
  });
}
