/**
 * The behaviour of a Kubernetes API that our client relies on. The tests run on the API double and on a real kube-apiserver.
 * Behaviour of only one of them does not belong here.
 */
import { afterAll, beforeAll, describe } from "vitest";
import { apiOf, type ConformanceTarget, NAMESPACE } from "./conformance/api.ts";
import { gatewayRoutes } from "./conformance/gatewayRoutes.ts";
import { creating, discovery, listing, paging } from "./conformance/reading.ts";
import { events, leases } from "./conformance/recording.ts";
import { compaction, watching } from "./conformance/watching.ts";
import { deleting, fieldManagers, jsonPatching, mergePatching, replacing, versions } from "./conformance/writing.ts";

const SECTIONS = {
  discovery,
  "create and get": creating,
  list: listing,
  "lists in pages": paging,
  replace: replacing,
  "JSON Patch": jsonPatching,
  "merge patch": mergePatching,
  delete: deleting,
  "field managers": fieldManagers,
  "two versions of one kind": versions,
  "gateway routes": gatewayRoutes,
  watch: watching,
  "an expired history": compaction,
  Leases: leases,
  Events: events,
};

/** Defines the tests for one server. */
export function conformance(name: string, setup: () => Promise<ConformanceTarget>): void {
  describe(`Kubernetes API conformance of ${name}`, () => {
    let target: ConformanceTarget | undefined;
    const api = apiOf(() => {
      if (target === undefined) throw new Error("the server under test has not started");
      return target;
    });
    beforeAll(async () => {
      target = await setup();
      await api.call("POST", "/api/v1/namespaces", { metadata: { name: NAMESPACE } });
    });
    afterAll(() => target?.stop());
    for (const [title, define] of Object.entries(SECTIONS)) {
      describe(`${title}`, () => {
        define(api);
      });
    }
  });
}
