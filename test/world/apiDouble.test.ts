import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ApiDouble, startApiDouble } from "./apiDouble.ts";
import { customResource } from "./apiResource.ts";
import { openPlainWatch, type PlainEvent, type PlainWatch, send } from "./plainHttp.ts";

const SPLITS = "/apis/split.smi-spec.io/v1alpha2/namespaces/shop/trafficsplits";
const JSON_PATCH = "application/json-patch+json";
const LATENCY_MS = 150;

let double: ApiDouble;
const call = (method: string, path: string, body?: unknown, type?: string) => send({ url: double.url }, method, path, body, type);
const watch = (query = "") => openPlainWatch({ url: double.url }, `${SPLITS}?watch=true${query}`);

beforeEach(async () => {
  double = await startApiDouble();
});
afterEach(() => double.close());

describe("the double's own methods", () => {
  it("create and replace by apply, and return copies", () => {
    double.apply(split(1));
    expect(double.apply(split(2)).metadata).toMatchObject({ generation: 2 });
    const copy = double.get(`${SPLITS}/web`);
    if (copy !== null) copy.metadata.name = "changed";
    expect(double.get(`${SPLITS}/web`)?.metadata.name).toBe("web");
    expect(double.list(SPLITS)).toHaveLength(1);
    expect(double.remove(`${SPLITS}/web`)).toBe(true);
    expect(double.get(`${SPLITS}/web`)).toBeNull();
  });

  it("throw if a test applies an object that a server would reject", () => {
    expect(() => double.apply({ ...split(1), spec: { service: "web" } })).toThrow("spec.backends: Required value");
    expect(() => double.apply({ ...split(1), kind: "Other" })).toThrow("no such resource");
  });

  it("notify listeners of every write by any writer", async () => {
    const seen: string[] = [];
    const end = double.onWrite(({ type, object, manager }) => seen.push(`${type} ${object.metadata.name} ${manager}`));
    double.apply(split(1), "inside");
    await call("PATCH", `${SPLITS}/web?fieldManager=outside`, [{ op: "replace", path: "/spec/service", value: "other" }], JSON_PATCH);
    end();
    double.remove(`${SPLITS}/web`);
    expect(seen).toEqual(["ADDED web inside", "MODIFIED web outside"]);
  });

  it("keep a log of requests", async () => {
    await call("GET", `${SPLITS}?limit=5`);
    expect(double.requests).toMatchObject([{ method: "GET", path: `${SPLITS}?limit=5`, status: 200, userAgent: "conformance/1" }]);
  });

  it("generate the same uids and names for the same seed", async () => {
    const other = await startApiDouble();
    expect(other.apply(split(1)).metadata.uid).toBe(double.apply(split(1)).metadata.uid);
    await other.close();
  });

  it("add and remove resources", async () => {
    const routes = "/apis/example.com/v1/namespaces/shop/routes";
    expect((await call("GET", routes)).status).toBe(404);
    double.addResource(customResource({ group: "example.com", versions: ["v1"], plural: "routes", kind: "Route" }));
    double.apply({ apiVersion: "example.com/v1", kind: "Route", metadata: { name: "r", namespace: "shop" } });
    const stream = await openPlainWatch({ url: double.url }, `${routes}?watch=true`);
    expect(await types(stream, 1)).toEqual(["ADDED"]);
    double.removeResource("example.com", "routes");
    expect(await types(stream, 2)).toEqual(["DELETED", "end"]);
    expect((await call("GET", routes)).status).toBe(404);
  });
});

describe("faults in answers", () => {
  it("answers with a Status for a number of requests that match the rule", async () => {
    double.faults.add({ fault: { kind: "status", code: 429, retryAfterSeconds: 3 }, times: 2, matches: ({ method }) => method === "GET" });
    const answers = [await call("POST", SPLITS, split(1)), await call("GET", SPLITS), await call("GET", SPLITS), await call("GET", SPLITS)];
    expect(answers.map((answer) => answer.status)).toEqual([201, 429, 429, 200]);
    expect(answers[1]?.body).toMatchObject({ kind: "Status", reason: "TooManyRequests" });
  });

  it("answers with HTML, or not at all", async () => {
    const remove = double.faults.add({ fault: { kind: "html" } });
    expect(await call("GET", SPLITS)).toMatchObject({ status: 502, body: expect.stringContaining("<html>") });
    remove();
    double.faults.add({ fault: { kind: "drop" } });
    await expect(call("GET", SPLITS)).rejects.toThrow("socket hang up");
    double.faults.clear();
    expect((await call("GET", SPLITS)).status).toBe(200);
  });

  it("executes the request and loses the answer", async () => {
    double.faults.add({ fault: { kind: "lost" }, times: 1 });
    await expect(call("POST", SPLITS, split(7))).rejects.toThrow("socket hang up");
    expect((await call("GET", SPLITS)).body.items).toHaveLength(1);
  });

  it("hangs, and ends when the double closes", async () => {
    double.faults.add({ fault: { kind: "hang" } });
    const answer = call("GET", SPLITS).then(
      () => "answered",
      () => "torn",
    );
    await expect.poll(() => double.requests.length).toBe(1);
    await double.close();
    expect(await answer).toBe("torn");
  });

  it("answers late", async () => {
    double.faults.add({ fault: { kind: "latency", ms: LATENCY_MS } });
    const startedAt = performance.now();
    await call("GET", SPLITS);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(LATENCY_MS - 5);
  });

  it("affects a share of the requests, the same ones for the same seed", async () => {
    const statuses = async () => {
      const seeded = await startApiDouble({ seed: 7 });
      seeded.faults.add({ fault: { kind: "status", code: 500 }, share: 0.5 });
      const seen: number[] = [];
      for (let count = 0; count < 20; count++) seen.push((await send({ url: seeded.url }, "GET", SPLITS)).status);
      await seeded.close();
      return seen;
    };
    const first = await statuses();
    expect(new Set(first)).toEqual(new Set([200, 500]));
    expect(await statuses()).toEqual(first);
  });

  it("refuses a patch as if another writer had been first", async () => {
    double.apply(split(1));
    double.faults.conflictNextPatches();
    const patch = () => call("PATCH", `${SPLITS}/web`, [{ op: "replace", path: "/spec/service", value: "other" }], JSON_PATCH);
    expect([(await patch()).status, (await patch()).status]).toEqual([409, 200]);
  });

  it("refuses connections, and comes back on the same port with its objects", async () => {
    double.apply(split(1));
    await double.faults.refuseConnections();
    await expect(call("GET", SPLITS)).rejects.toThrow("ECONNREFUSED");
    await double.faults.acceptConnections();
    expect((await call("GET", `${SPLITS}/web`)).status).toBe(200);
  });
});

describe("faults in watches", () => {
  it("ends with an ERROR event", async () => {
    for (const code of [410, 500] as const) {
      const stream = await watch();
      double.faults.failWatches(code);
      expect(await stream.next()).toMatchObject({ type: "ERROR", object: { kind: "Status", code } });
      expect(await stream.next()).toBeNull();
    }
  });

  it("is cut if the rule matches", async () => {
    const stream = await watch();
    double.faults.cutWatches((path) => path.includes("endpointslices"));
    double.apply(split(1));
    expect(await types(stream, 1)).toEqual(["ADDED"]);
    double.faults.cutWatches();
    await expect(stream.next().then((event) => event ?? "end")).rejects.toThrow("aborted");
    await expect.poll(() => double.openWatches()).toBe(0);
  });

  it("goes silent and stays open, even after its timeout", async () => {
    const silent = await watch("&timeoutSeconds=1&allowWatchBookmarks=true");
    double.faults.silenceWatches();
    const heard = silent.next().catch(() => "torn");
    const live = await watch("&timeoutSeconds=1");
    double.apply(split(1));
    expect(await types(live, 2)).toEqual(["ADDED", "end"]);
    expect(double.openWatches()).toBe(1);
    await double.close();
    expect(await heard).not.toMatchObject({ type: "ADDED" });
  });

  it("is too old if the history is limited", async () => {
    const short = await startApiDouble({ historyLimit: 10 });
    const from = Number(short.apply(split(0)).metadata.resourceVersion);
    for (let weight = 1; weight <= 20; weight++) short.apply(split(weight));
    const at = (version: number) => openPlainWatch({ url: short.url }, `${SPLITS}?watch=true&timeoutSeconds=1&resourceVersion=${version}`);
    expect(await (await at(from)).next()).toMatchObject({ type: "ERROR", object: { code: 410 } });
    expect(await types(await at(from + 18), 3)).toEqual(["MODIFIED", "MODIFIED", "end"]);
    await short.close();
  });

  it("leaves no handles behind when it closes", async () => {
    const stream = await watch("&allowWatchBookmarks=true");
    const ended = stream.next().catch(() => null);
    await double.close();
    await ended;
    expect(double.openWatches()).toBe(0);
    await expect(call("GET", SPLITS)).rejects.toThrow("ECONNREFUSED");
  });
});

async function types(stream: PlainWatch, count: number): Promise<string[]> {
  const seen: string[] = [];
  while (seen.length < count) {
    const event: PlainEvent | null = await stream.next();
    seen.push(event?.type ?? "end");
  }
  return seen;
}

function split(weight: number) {
  return {
    apiVersion: "split.smi-spec.io/v1alpha2",
    kind: "TrafficSplit",
    metadata: { name: "web", namespace: "shop" },
    spec: { service: "web", backends: [{ service: "a", weight }] },
  };
}
