import { expect, it } from "vitest";
import { type Api, JSON_PATCH, NAMESPACE, namesOf, SPLITS, split } from "./api.ts";

export function discovery(api: Api): void {
  it("reports its version and readiness", async () => {
    expect((await api.call("GET", "/version")).body.gitVersion).toMatch(/^v\d+\.\d+\./);
    expect(await api.call("GET", "/readyz")).toEqual({ status: 200, body: "ok" });
  });

  it("lists groups, and the resources of a version", async () => {
    const groups = (await api.call("GET", "/apis")).body.groups as { name: string; preferredVersion: { version: string } }[];
    expect(groups.find((group) => group.name === "split.smi-spec.io")?.preferredVersion.version).toBe("v1alpha2");
    const resources = await api.call("GET", "/apis/split.smi-spec.io/v1alpha2");
    expect(resources.body).toMatchObject({
      kind: "APIResourceList",
      groupVersion: "split.smi-spec.io/v1alpha2",
      resources: [expect.objectContaining({ name: "trafficsplits", kind: "TrafficSplit", namespaced: true })],
    });
  });

  it.each(["/apis/no.such.group/v1/things", "/apis/split.smi-spec.io/v9/trafficsplits", "/apis/split.smi-spec.io/v1alpha2/things"])(
    "answers 404 at %s, not as a Status",
    async (path) => expect(await api.call("GET", path)).toEqual({ status: 404, body: "404 page not found\n" }),
  );
}

export function creating(api: Api): void {
  it("sets the server's own metadata", async () => {
    const { status, body } = await api.call("POST", SPLITS, split("filled"));
    expect(status).toBe(201);
    expect(body.metadata).toMatchObject({ name: "filled", namespace: NAMESPACE, generation: 1 });
    expect(body.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(body.metadata.resourceVersion).toMatch(/^[1-9][0-9]*$/);
    expect(body.metadata.creationTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect((await api.call("GET", `${SPLITS}/filled`)).body).toEqual(body);
  });

  it("generates names from generateName", async () => {
    const object = { ...split("ignored"), metadata: { generateName: "made-" } };
    const [one, other] = [await api.call("POST", SPLITS, object), await api.call("POST", SPLITS, object)];
    expect(one.body.metadata.name).toMatch(/^made-[a-z0-9]{5}$/);
    expect(one.body.metadata.name).not.toBe(other.body.metadata.name);
  });

  it("refuses a second object of the same name", async () => {
    await api.create("twice");
    expect(await api.call("POST", SPLITS, split("twice"))).toMatchObject({
      status: 409,
      body: { kind: "Status", reason: "AlreadyExists" },
    });
  });

  it("refuses an object that violates the schema, and names the field", async () => {
    const { status, body } = await api.call("POST", SPLITS, split("bad", ["one", 0]));
    expect(status).toBe(422);
    expect(body).toMatchObject({ kind: "Status", status: "Failure", reason: "Invalid", code: 422 });
    expect(body.details.causes).toMatchObject([{ field: "spec.backends[0].weight", reason: "FieldValueTypeInvalid" }]);
  });

  it("refuses a body without an object, of another version, without a kind, or with a resourceVersion", async () => {
    expect(await api.call("POST", SPLITS, "text")).toMatchObject({ status: 400, body: { reason: "BadRequest" } });
    expect((await api.call("POST", SPLITS, { ...split("x"), apiVersion: "split.smi-spec.io/v1alpha1" })).status).toBe(400);
    expect((await api.call("POST", SPLITS, { metadata: { name: "x" } })).status).toBe(400);
    expect((await api.call("POST", SPLITS, split("x", [1, 0], { resourceVersion: "5" }))).status).not.toBe(201);
  });

  it("answers 404 for objects that do not exist", async () => {
    const { status, body } = await api.call("GET", `${SPLITS}/absent`);
    expect(status).toBe(404);
    expect(body).toMatchObject({ kind: "Status", reason: "NotFound", code: 404, details: { name: "absent", kind: "trafficsplits" } });
    expect((await api.call("DELETE", `${SPLITS}/absent`)).status).toBe(404);
    expect((await api.call("PATCH", `${SPLITS}/absent`, [], JSON_PATCH)).status).toBe(404);
  });
}

export function listing(api: Api): void {
  it("lists one namespace or all of them, sorted by name", async () => {
    await api.create("list-b");
    await api.create("list-a");
    const namespaced = await api.call("GET", SPLITS);
    expect(namespaced.body).toMatchObject({ kind: "TrafficSplitList", apiVersion: "split.smi-spec.io/v1alpha2" });
    expect(namespaced.body.metadata.resourceVersion).toMatch(/^[1-9][0-9]*$/);
    const names = namesOf(namespaced);
    expect(names).toEqual([...names].sort());
    expect(names).toEqual(expect.arrayContaining(["list-a", "list-b"]));
    expect(namesOf(await api.call("GET", "/apis/split.smi-spec.io/v1alpha2/trafficsplits"))).toEqual(names);
    expect((await api.call("GET", SPLITS.replace(NAMESPACE, "empty"))).body.items).toEqual([]);
  });

  it("sets the kind of list items of custom resources, but not of built-in ones", async () => {
    await api.create("kinds");
    const service = { metadata: { name: "kinds" }, spec: { ports: [{ port: 80 }] } };
    await api.call("POST", `/api/v1/namespaces/${NAMESPACE}/services`, service);
    expect((await api.call("GET", SPLITS)).body.items[0].kind).toBe("TrafficSplit");
    const services = (await api.call("GET", `/api/v1/namespaces/${NAMESPACE}/services`)).body;
    expect(services.kind).toBe("ServiceList");
    expect(services.items[0]).not.toHaveProperty("kind");
  });

  it.each([
    ["tier=front", ["sel-front"]],
    ["tier==front", ["sel-front"]],
    ["tier!=front,suite=selectors", ["sel-back", "sel-none"]],
    ["tier in (front, back)", ["sel-back", "sel-front"]],
    ["tier notin (back),suite=selectors", ["sel-front", "sel-none"]],
    ["suite=selectors,tier", ["sel-back", "sel-front"]],
    ["suite=selectors,!tier", ["sel-none"]],
  ])("lists by the label selector %s", async (selector, expected) => {
    for (const [name, labels] of Object.entries({ "sel-front": { tier: "front" }, "sel-back": { tier: "back" }, "sel-none": {} })) {
      await api.call("POST", SPLITS, split(name, [1, 0], { labels: { suite: "selectors", ...labels } }));
    }
    expect(namesOf(await api.call("GET", `${SPLITS}?labelSelector=${encodeURIComponent(selector)}`))).toEqual(expected);
  });

  it("lists by name with a field selector, and refuses selectors that it cannot parse", async () => {
    await api.create("by-field");
    expect(namesOf(await api.call("GET", `${SPLITS}?fieldSelector=metadata.name%3Dby-field`))).toEqual(["by-field"]);
    expect((await api.call("GET", `${SPLITS}?fieldSelector=spec.service%3Dweb`)).status).toBe(400);
    expect((await api.call("GET", `${SPLITS}?labelSelector=a%20b`)).status).toBe(400);
  });
}

export function paging(api: Api): void {
  it("returns a list in consistent pages of one version", async () => {
    for (const letter of ["a", "b", "c", "d", "e"]) await api.create(`page-${letter}`, { labels: { suite: "pages" } });
    const list = (rest: string) => api.call("GET", `${SPLITS}?labelSelector=suite%3Dpages&limit=2${rest}`);
    const first = await list("");
    expect(namesOf(first)).toEqual(["page-a", "page-b"]);
    await api.create("page-bb", { labels: { suite: "pages" } });
    const second = await list(`&continue=${first.body.metadata.continue}`);
    const third = await list(`&continue=${second.body.metadata.continue}`);
    expect([...namesOf(second), ...namesOf(third)]).toEqual(["page-c", "page-d", "page-e"]);
    expect(third.body.metadata.continue ?? "").toBe("");
    expect(second.body.metadata.resourceVersion).toBe(first.body.metadata.resourceVersion);
  });

  it("refuses an invalid continue token", async () => {
    expect((await api.call("GET", `${SPLITS}?limit=2&continue=xyz`)).status).toBe(400);
  });
}
