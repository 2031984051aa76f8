import { expect, it } from "vitest";
import { apexQuery, leafQuery, SCOPED_NAMESPACES_LIMIT } from "../../src/linkerd/queries.ts";

it("asks for the leaves of all namespaces in one query, new series of known clients included", () => {
  const series = 'response_total{direction="outbound",dst_namespace=~"bank|shop"}';
  const newborn = `(${series} unless ${series} offset 30s) and on (job, instance, pod) ${series} offset 30s`;
  expect(leafQuery(["shop", "bank", "shop"], 30_000)).toBe(
    `sum by (authority, dst_service, dst_namespace, classification) ((${newborn}) or increase(${series}[30s]))`,
  );
});

it("asks for the apexes of all namespaces in one query", () => {
  const series = String.raw`route_response_total{direction="outbound",dst=~"[^.]+\\.(bank|shop)\\.svc\\..+"}`;
  const query = apexQuery(["shop", "bank"], 90_000);
  expect(query).toContain("sum by (dst, classification) (");
  expect(query).toContain(` or increase(${series}[90s]))`);
});

it("escapes what could leave the pattern or the string", () => {
  const hostile = ['a"} or vector(1) #', "b.*", "c\\", "d\ne"];
  expect(leafQuery(hostile, 5000)).toContain(String.raw`dst_namespace=~"a\"\\} or vector\\(1\\) #|b\\.\\*|c\\\\|d\ne"`);
});

it("does not scope beyond the limit", () => {
  const many = Array.from({ length: SCOPED_NAMESPACES_LIMIT + 1 }, (_, i) => `ns-${i}`);
  expect(leafQuery(many.slice(1), 30_000)).toContain("dst_namespace");
  expect(leafQuery(many, 30_000)).toContain('response_total{direction="outbound"}[30s]');
  expect(apexQuery(many, 30_000)).toContain('route_response_total{direction="outbound"}[30s]');
});

it.each([
  [5_000, "[5s]"],
  [60_000, "[60s]"],
  [3_600_000, "[3600s]"],
  [5_500, "[5500ms]"],
])("spells a window of %d ms as %s", (windowMs, spelled) => {
  expect(leafQuery(["shop"], windowMs)).toContain(spelled);
});
