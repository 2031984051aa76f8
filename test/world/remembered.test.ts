import { describe, expect, it } from "vitest";
import { STATE_ANNOTATION, writeMemory } from "../../src/routes/memory.ts";
import type { ApiObject } from "./apiResource.ts";
import { splitMemoriesOf } from "./remembered.ts";
import { objectOf } from "./sceneRoute.ts";

describe("what an annotation remembers of splits", () => {
  it("is found behind a rule that the owner put in front, although stored objects do not name their kind", () => {
    const rules = ["inserted", "0"].map((name, i) => ({ name, backends: ["web", "web-east"].map((service) => ({ service, weight: i })) }));
    const memories = { "1": { baseline: { web: [86] }, written: { web: 0 } }, inserted: { baseline: { web: [1] }, written: { web: 0 } } };
    const annotations = { [STATE_ANNOTATION]: writeMemory({ splits: memories, backends: {} }) };
    const route = objectOf({ kind: "HTTPRoute", namespace: "shop", name: "web", splits: rules }, { annotations }) as ApiObject;
    const { kind: _kind, apiVersion: _apiVersion, ...stored } = route;

    const found = splitMemoriesOf(stored);

    expect(found.get("0")?.baseline).toEqual({ web: [86] });
    expect(found.get("inserted")?.baseline).toEqual({ web: [1] });
  });
});
