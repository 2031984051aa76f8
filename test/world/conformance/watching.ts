import { expect, it } from "vitest";
import type { PlainEvent } from "../plainHttp.ts";
import { type Api, JSON_PATCH, MERGE_PATCH, SPLITS, take } from "./api.ts";

export function watching(api: Api): void {
  it("sends all events since a resourceVersion, in order", async () => {
    const from = (await api.call("GET", SPLITS)).body.metadata.resourceVersion as string;
    const before = await api.create("seen");
    const early = await api.watch(`resourceVersion=${from}`);
    await api.call("PATCH", `${SPLITS}/seen`, [{ op: "replace", path: "/spec/backends/0/weight", value: 6 }], JSON_PATCH);
    await api.call("DELETE", `${SPLITS}/seen`);
    const late = await api.watch(`resourceVersion=${from}`);
    for (const stream of [early, late]) {
      const events = await take(stream, 3);
      expect(events.map((event) => event.type)).toEqual(["ADDED", "MODIFIED", "DELETED"]);
      expect(events[0]?.object).toEqual(before);
      expect(events[1]?.object.spec.backends[0].weight).toBe(6);
      const versionNumbers = events.map((event) => Number(event.object.metadata.resourceVersion));
      expect(versionNumbers).toEqual([...versionNumbers].sort((one, other) => one - other));
      expect(new Set(versionNumbers).size).toBe(3);
      expect(events[2]?.object).toMatchObject({ kind: "TrafficSplit", metadata: { name: "seen" }, spec: { service: "web" } });
    }
  });

  it("begins with the current objects without a resourceVersion", async () => {
    await api.create("there", { labels: { suite: "there" } });
    const [first] = await take(await api.watch("labelSelector=suite%3Dthere"), 1);
    expect(first).toMatchObject({ type: "ADDED", object: { metadata: { name: "there" } } });
  });

  it("sends an object as added or deleted when its labels begin or cease to match the selector", async () => {
    const { metadata } = await api.create("labelled");
    const stream = await api.watch(`labelSelector=suite%3Dlabelled&resourceVersion=${metadata.resourceVersion}`);
    const label = (value: string | null) =>
      api.call("PATCH", `${SPLITS}/labelled`, { metadata: { labels: { suite: value } } }, MERGE_PATCH);
    await label("labelled");
    await api.call("PATCH", `${SPLITS}/labelled`, { metadata: { labels: { other: "1" } } }, MERGE_PATCH);
    await label(null);
    expect((await take(stream, 3)).map((event) => event.type)).toEqual(["ADDED", "MODIFIED", "DELETED"]);
  });

  it("sends a bookmark before its timeout, then ends normally", async () => {
    const { metadata } = (await api.call("GET", SPLITS)).body;
    const stream = await api.watch(
      `resourceVersion=${metadata.resourceVersion}&allowWatchBookmarks=true&labelSelector=a%3Dnone&timeoutSeconds=5`,
    );
    const unseen = await api.create("not-selected");
    const [bookmark] = await take(stream, 1);
    expect(bookmark).toMatchObject({ type: "BOOKMARK", object: { kind: "TrafficSplit", apiVersion: "split.smi-spec.io/v1alpha2" } });
    expect(bookmark?.object.metadata.resourceVersion).toBe(unseen.metadata.resourceVersion);
    let next: PlainEvent | null;
    do next = await stream.next();
    while (next?.type === "BOOKMARK");
    expect(next).toBeNull();
  });
}

export function compaction(api: Api): void {
  it("answers a list of an expired version with 410, a watch with an ERROR event of that code", async () => {
    const first = await api.call("GET", `${SPLITS}?limit=1`);
    await api.create("after-the-page");
    await api.compact();
    const exact = await api.call("GET", `${SPLITS}?resourceVersion=1&resourceVersionMatch=Exact`);
    expect(exact).toMatchObject({ status: 410, body: { kind: "Status", reason: "Expired", code: 410 } });
    expect((await api.call("GET", `${SPLITS}?limit=1`)).body.metadata.continue).not.toBe(first.body.metadata.continue);
    const stream = await api.watch("resourceVersion=1");
    expect(await stream.next()).toMatchObject({ type: "ERROR", object: { kind: "Status", reason: "Expired", code: 410 } });
    expect(await stream.next()).toBeNull();
  });

  it("serves a new list and a watch from its version", async () => {
    const { metadata } = (await api.call("GET", SPLITS)).body;
    const stream = await api.watch(`resourceVersion=${metadata.resourceVersion}`);
    await api.create("after-compaction");
    expect(await take(stream, 1)).toMatchObject([{ type: "ADDED", object: { metadata: { name: "after-compaction" } } }]);
  });
}
