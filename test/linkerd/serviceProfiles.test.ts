import { expect, it } from "vitest";
import { profiledService } from "../../src/linkerd/serviceProfiles.ts";

const NAME = "web.shop.svc.cluster.local";

it.each<[string, string | undefined, unknown, string | null]>([
  ["with routes", NAME, { routes: [{ name: "/" }] }, "shop/web"],
  ["with an override", NAME, { dstOverrides: [{ authority: "web-east.shop.svc.cluster.local", weight: "500m" }] }, "shop/web"],
  ["of another cluster domain", "web.shop.svc.example", { routes: [{}] }, "shop/web"],
  ["whose overrides have no weight", NAME, { dstOverrides: [{ authority: "a", weight: 0 }, { authority: "b" }, null] }, null],
  ["with nothing but a retry budget", NAME, { retryBudget: {} }, null],
  ["without a spec", NAME, undefined, null],
  ["of no Service", "example.com", { routes: [{}] }, null],
  ["without a name", undefined, { routes: [{}] }, null],
])("a ServiceProfile %s", (_what, name, spec, service) => {
  expect(profiledService({ metadata: { ...(name !== undefined && { name }) }, spec })).toBe(service);
});
