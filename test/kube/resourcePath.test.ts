import { expect, it } from "vitest";
import { resourcePath } from "../../src/kube/resourcePath.ts";

it.each([
  [{ group: "", version: "v1", plural: "services" }, "/api/v1/services"],
  [{ group: "", version: "v1", plural: "services", namespace: "shop" }, "/api/v1/namespaces/shop/services"],
  [
    { group: "split.smi-spec.io", version: "v1alpha2", plural: "trafficsplits", namespace: "shop", name: "web" },
    "/apis/split.smi-spec.io/v1alpha2/namespaces/shop/trafficsplits/web",
  ],
  [{ group: "g", version: "v1", plural: "ps", namespace: "a/b", name: "c?d#e%" }, "/apis/g/v1/namespaces/a%2Fb/ps/c%3Fd%23e%25"],
])("builds %o", (target, path) => {
  expect(resourcePath(target)).toBe(path);
});

it.each(["", ".", ".."])("refuses the name %j, which would make another path", (name) => {
  expect(() => resourcePath({ group: "", version: "v1", plural: "services", namespace: "shop", name })).toThrow(RangeError);
});
