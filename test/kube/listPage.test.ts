import { expect, it } from "vitest";
import { createKubeApi } from "../../src/kube/createKubeApi.ts";
import { listPage } from "../../src/kube/listPage.ts";
import { kubeConfigFor, openWire } from "./wire.ts";

const HUGE = "h".repeat(1_400_000);

/** A server with this many objects of 1.4 MB each. */
async function wireOf(objects: number, asked: number[]) {
  return openWire((request, response) => {
    const query = new URL(request.url ?? "", "http://x").searchParams;
    const [from, limit] = [Number(query.get("continue") ?? 0), Number(query.get("limit"))];
    asked.push(limit);
    const items = Array.from({ length: Math.min(limit, objects - from) }, () => ({ metadata: { annotations: { a: HUGE } } }));
    const metadata = { resourceVersion: "1", ...(from + limit < objects && { continue: String(from + limit) }) };
    response.end(JSON.stringify({ metadata, items }));
  });
}

it("reads a page at once if it is not too long", async () => {
  const asked: number[] = [];
  await using wire = await wireOf(10, asked);
  const page = await listPage(createKubeApi(kubeConfigFor(wire.url)), "/things", {});
  expect(page.ok && page.value.items?.length).toBe(10);
  expect(asked).toEqual([500]);
});

it("reads smaller pages if huge objects make one too long", async () => {
  const asked: number[] = [];
  await using wire = await wireOf(60, asked);
  const page = await listPage(createKubeApi(kubeConfigFor(wire.url)), "/things", { query: { continue: "30" } });
  expect(page.ok && page.value.items?.length).toBe(5);
  expect(page.ok && page.value.metadata?.continue).toBe("35");
  expect(asked).toEqual([500, 50, 5]);
});
