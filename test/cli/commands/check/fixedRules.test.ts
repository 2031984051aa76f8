import { expect, it } from "vitest";
import { fixedRules } from "../../../../src/cli/commands/check/fixedRules.ts";
import { CODECS } from "../../../../src/routes/codecs.ts";

const ref = (name: string, weight: number) => ({ name, port: 80, weight });
const SPLIT = { backendRefs: [ref("web", 100), ref("web-east", 0)] };

function checked(...rules: readonly object[]): readonly (string | undefined)[] {
  const codec = CODECS.find(({ kind }) => kind === "HTTPRoute");
  const metadata = { name: "web", namespace: "shop", uid: "1", resourceVersion: "1" };
  const parentRefs = [{ group: "", kind: "Service", name: "web", port: 80 }];
  const object = { apiVersion: "gateway.networking.k8s.io/v1", kind: "HTTPRoute", metadata, spec: { parentRefs, rules } };
  return codec === undefined ? ["no codec"] : fixedRules([codec.read(object)]).map(({ description }) => description);
}

it("names a route with a split and a rule with one Service", () => {
  expect(checked(SPLIT, { matches: [{ path: { value: "/one" } }], backendRefs: [ref("web", 1)] })).toEqual([
    "every rule of HTTPRoute/shop/web can fail over",
  ]);
});

it.each<[string, readonly object[]]>([
  ["splits alone", [SPLIT, { matches: [{ path: { value: "/two" } }], ...SPLIT }]],
  ["no split at all: a problem of its own", [{ backendRefs: [ref("web", 1)] }]],
  ["a rule that cannot be read: a problem of its own", [SPLIT, { backendRefs: [ref("web", -1), ref("web-east", 0)] }]],
])("says nothing of %s", (_what, rules) => {
  expect(checked(...rules)).toEqual([]);
});
