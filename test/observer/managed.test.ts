import { expect, it } from "vitest";
import { isManaged } from "../../src/observer/managed.ts";

const OWN = { label: "team", value: "edge" };

it.each([
  [{ "failover.linkerd.io/controlled-by": "linkerd-failover" }, null, true],
  [{ "app.kubernetes.io/managed-by": "linkerd-failover" }, null, true],
  [{ "failover.linkerd.io/controlled-by": "someone-else" }, null, false],
  [{ "app.kubernetes.io/managed-by": "Helm" }, null, false],
  [{}, null, false],
  [undefined, null, false],
  [{ team: "edge" }, OWN, true],
  [{ team: "core" }, OWN, false],
  [{ "failover.linkerd.io/controlled-by": "linkerd-failover" }, OWN, false],
  [undefined, OWN, false],
])("labels %j with the selector %j: %s", (labels, selector, managed) => {
  expect(isManaged(labels as Record<string, string> | undefined, selector)).toBe(managed);
});
