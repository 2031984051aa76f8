import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { gitOpsManagerOf } from "../../src/routes/gitOpsManager.ts";

const OBJECTS = join(import.meta.dirname, "../fixtures/objects");
const fieldsOf = (file: string) =>
  (JSON.parse(readFileSync(join(OBJECTS, file), "utf8")) as { metadata: { managedFields: unknown } }).metadata.managedFields;

it.each([
  ["httproute-argocd.json", "Argo CD"],
  ["trafficsplit-argocd.json", "Argo CD"],
  ["httproute-flux.json", "Flux"],
  ["trafficsplit-flux.json", "Flux"],
  ["httproute-kubectl.json", null],
  ["trafficsplit-kubectl.json", null],
])("%s: %s", (file, manager) => {
  expect(gitOpsManagerOf(fieldsOf(file))).toBe(manager);
});

it("ignores unreadable entries, and managers that own no fields of the spec", () => {
  const entry = (fieldsV1: unknown) => ({ manager: "argocd-controller", fieldsV1 });
  expect([undefined, {}, [null, "a", {}], [entry(null)], [entry({ "f:metadata": {} })]].map(gitOpsManagerOf)).toEqual([
    null,
    null,
    null,
    null,
    null,
  ]);
  expect(gitOpsManagerOf([{ manager: "constructor", fieldsV1: { "f:spec": {} } }])).toBeNull();
});
