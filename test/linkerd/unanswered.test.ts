import { expect, it } from "vitest";
import type { Counts } from "../../src/evaluator/model/observation.ts";
import { whole } from "../../src/linkerd/slices.ts";
import { readTotals, seemsHung, unanswered } from "../../src/linkerd/unanswered.ts";

function counts(totals: Record<string, number>): ReadonlyMap<string, Counts> {
  return new Map(Object.entries(totals).map(([leaf, total]) => [leaf, { total, failures: 0 }]));
}

it("counts started requests without an answer as failures", () => {
  const begun = counts({ "shop/hung": 50, "shop/born-hung": 9, "shop/fine": 50, "shop/catching-up": 10, "shop/idle": 0 });
  const answered = counts({ "shop/hung": 2, "shop/fine": 50, "shop/catching-up": 30, "shop/idle": 0, "shop/only-answers": 4 });
  expect(unanswered(begun, answered)).toEqual(
    new Map([
      ["shop/hung", { total: 50, failures: 48 }],
      ["shop/born-hung", { total: 9, failures: 9 }],
      ["shop/fine", { total: 50, failures: 0 }],
      ["shop/catching-up", { total: 10, failures: 0 }],
      ["shop/idle", { total: 0, failures: 0 }],
    ]),
  );
});

it("reads started requests by leaf", () => {
  const leaf = (authority: string, value: number) => ({
    labels: { authority, dst_service: "web", dst_namespace: "shop", classification: "failure" },
    value,
  });
  const samples = [leaf("web-east.shop.svc.x", 1), leaf("web-east.shop.svc.x:81", 2), leaf("", Number.NaN)];
  const read = whole(readTotals(samples, { byApex: new Map(), ambiguous: new Set() }));
  expect(read).toEqual({ ok: true, counts: counts({ "shop/web-east": 3, "shop/web": 0 }) });
});

it.each([-1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])("rejects %d", (value) => {
  const read = whole(readTotals([{ labels: { authority: "web.shop.svc.x" }, value }], { byApex: new Map(), ambiguous: new Set() }));
  expect(read).toEqual({ ok: false, why: `${value} is not a number of requests (shop/web)` });
});

it("asks whether answers are kept only of leaves that answer little", () => {
  const counts = (failures: number) => new Map([["shop/web", { total: 10, failures }]]);
  expect([seemsHung(counts(2)), seemsHung(counts(3)), seemsHung(new Map())]).toEqual([false, true, false]);
});
