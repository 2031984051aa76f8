import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { GATEWAY_FIXTURES, gatewayFixture } from "../routes/gatewayObjects.ts";
import { ownersPart } from "../routes/ownersPart.ts";
import type { PlainAnswer } from "../world/plainHttp.ts";
import { ControllerWorld, Replica, until } from "./controllerWorld.ts";
import { applyGatewayApi } from "./harness/applyManifest.ts";
import { realToolsWithCrds } from "./harness/realTools.ts";

const MERGE_PATCH = "application/merge-patch+json";
/** How long nothing must happen: several ticks. */
const SILENCE_MS = 3_000;

type Body = PlainAnswer["body"];

/** The parts of a route that these tests read. */
interface Whole {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly uid: string; readonly labels: object; readonly annotations?: Record<string, string> };
  readonly spec: {
    readonly parentRefs: readonly { readonly kind: string }[];
    readonly rules: readonly {
      readonly backendRefs: readonly { readonly name: string; readonly namespace?: string; readonly weight: number }[];
    }[];
  };
}

interface Created {
  readonly kind: string;
  readonly path: string;
  readonly namespace: string;
  readonly name: string;
  readonly before: Whole;
}

const tools = realToolsWithCrds("kube-apiserver", "etcd");

describe.skipIf(tools.absent)(`${tools.title("gateway routes on a real kube-apiserver")}`, () => {
  let world: ControllerWorld;
  let one: Replica;

  beforeAll(async () => {
    world = await ControllerWorld.start();
    await applyGatewayApi(world.apiserver.as("admin"), "1.2.1");
    for (const name of ["payments", "catalog", "trading", "dr"]) await world.admin("POST", "/api/v1/namespaces", { metadata: { name } });
  });
  afterEach(async () => {
    await one?.end("SIGKILL");
    await world.admin("DELETE", "/apis/coordination.k8s.io/v1/namespaces/linkerd-failover/leases/linkerd-failover");
  });
  afterAll(() => world?.stop());

  const leading = async () => {
    one = await Replica.start(world);
    await until(
      "the replica to lead",
      () => one.metric("leader"),
      (leader) => leader === 1,
    );
  };
  const get = async ({ path }: Pick<Created, "path">): Promise<Whole> => (await world.admin("GET", path)).body as Whole;
  const untilWeights = (route: Created, wanted: string, limitMs = 60_000) =>
    until(
      `${route.kind} ${route.name} at ${wanted}`,
      async () => weightsOf(await get(route)),
      (seen) => seen === wanted,
      limitMs,
    );
  /** Creates a route from a fixture as its owner, with ready endpoints for all of its backends. */
  const create = async ([file, kind]: (typeof GATEWAY_FIXTURES)[number], rename?: string): Promise<Created> => {
    const { apiVersion, kind: ownKind, spec, metadata } = gatewayFixture(file) as Whole & { metadata: { name: string; namespace: string } };
    const { namespace, labels, annotations } = metadata;
    const name = rename ?? metadata.name;
    const plural = ownKind === "GRPCRoute" ? "grpcroutes" : "httproutes";
    const collection = `/apis/${apiVersion}/namespaces/${namespace}/${plural}`;
    for (const { name: service, namespace: other } of spec.rules.flatMap((rule) => rule.backendRefs)) {
      await world.ready(service, true, other ?? namespace);
    }
    const created = await world.admin("POST", collection, { apiVersion, kind: ownKind, spec, metadata: { name, labels, annotations } });
    if (created.status !== 201) throw new Error(JSON.stringify(created.body));
    return { kind, path: `${collection}/${name}`, namespace, name, before: created.body as Whole };
  };
  const accepted = (route: Created, status: "True" | "False") => {
    const condition = { type: "Accepted", status, reason: "Told", message: "", lastTransitionTime: "2026-01-01T00:00:00Z" };
    const [parentRef] = route.before.spec.parentRefs.filter((ref) => ref.kind === "Service");
    const parents = [{ controllerName: "linkerd.io/policy-controller", parentRef, conditions: [condition] }];
    return world.admin("PATCH", `${route.path}/status`, { status: { parents } }, MERGE_PATCH);
  };

  it("fail over on readiness in every split, return by steps, and keep all other fields", async () => {
    const [storefront, ledger, search, quotes] = await Promise.all([0, 1, 2, 3].map((i) => create(GATEWAY_FIXTURES[i]!)));
    const routes = [storefront!, ledger!, search!, quotes!];
    const atRest = routes.map(({ before }) => weightsOf(before));
    expect(atRest).toEqual(["90/10/0 1 1/0", "70/30/0/0 1000000/500000", "1/1/0", "1/0 50/50"]);
    await leading();
    for (const { name, namespace } of routes) await world.ready(name, false, namespace);
    await untilWeights(storefront!, "0/100/0 1 0/100");
    await untilWeights(ledger!, "0/0/100/0 1000000/500000");
    await untilWeights(search!, "0/100/0");
    await untilWeights(quotes!, "0/100 0/100");
    for (const route of routes) {
      const shifted = await get(route);
      expect(bytesOf(ownersPart(shifted))).toBe(bytesOf(ownersPart(route.before)));
      const told = await until(
        "an Event about the route",
        () => regarding(route),
        (seen) => seen.length > 0,
      );
      expect(told).toContainEqual(
        expect.objectContaining({
          apiVersion: route.before.apiVersion.replace("v1beta1", "v1"),
          kind: route.before.kind,
          uid: shifted.metadata.uid,
        }),
      );
      const labels = `kind="${route.kind}",namespace="${route.namespace}",route="${route.name}",direction="failover",cause="readiness"`;
      expect(await one.metric(`shifts_total{${labels}}`)).toBe(1);
      const shown = () => one.json(`/api/routes/${route.kind}/${route.namespace}/${route.name}`);
      await until("the API to show the shift", shown, (seen) => seen.shifted === true);
    }
    for (const { name, namespace } of routes) await world.ready(name, true, namespace);
    for (const [i, route] of routes.entries()) {
      await untilWeights(route, atRest[i]!);
      const returned = await get(route);
      expect(JSON.stringify(returned.spec)).toBe(JSON.stringify(route.before.spec));
      const { "failover.linkerd.io/state": _ours, ...annotations } = returned.metadata.annotations ?? {};
      expect(annotations).toEqual(route.before.metadata.annotations ?? {});
      expect(returned.metadata.labels).toEqual(route.before.metadata.labels);
    }
  });

  it("stay managed during an upgrade of Gateway API, as long as Linkerd accepts them", async () => {
    const route = await create(GATEWAY_FIXTURES[3], "upgraded");
    expect((await accepted(route, "False")).status).toBe(200);
    await leading();
    const problems = async () =>
      ((await one.json(`/api/routes/GRPCRoute/${route.namespace}/upgraded`)).problems as Body[]).map((p) => p.problem);
    await until("the problem", problems, (seen) => seen.join() === "not-accepted");
    await applyGatewayApi(world.apiserver.as("admin"), "1.4.1");
    await world.ready("quotes", false, route.namespace);
    await new Promise((resolve) => setTimeout(resolve, SILENCE_MS));
    expect(weightsOf(await get(route))).toBe("1/0 50/50");
    await accepted(route, "True");
    await untilWeights(route, "0/100 0/100");
    expect(one.log).not.toMatch(/released|deleted/);
    await world.ready("quotes", true, route.namespace);
    await untilWeights(route, "1/0 50/50");
  });

  it("can lose their CRD while other kinds stay managed", async () => {
    const route = await create(GATEWAY_FIXTURES[2], "goes-on");
    await leading();
    await world.admin("DELETE", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/grpcroutes.gateway.networking.k8s.io");
    await until(
      "the kind to be gone",
      async () => one.log,
      (log) => /the cluster has no grpcroutes/.test(log),
    );
    expect(await one.metric('routes{kind="GRPCRoute"}')).toBe(0);
    expect(await one.status("/readyz")).toBe(200);
    await world.ready("search", false, "catalog");
    await untilWeights(route, "0/100/0");
  });

  async function regarding({ namespace, name }: Created): Promise<Body[]> {
    const { body } = await world.admin("GET", `/apis/events.k8s.io/v1/namespaces/${namespace}/events`);
    return (body.items as Body[]).map((event) => event.regarding).filter((about) => about.name === name);
  }
});

/** The weights of each rule, for example `90/10 1`. */
function weightsOf(object: Whole): string {
  return object.spec.rules.map((rule) => rule.backendRefs.map((ref) => String(ref.weight)).join("/")).join(" ");
}

/** The object without the fields that the API server counts up. */
function bytesOf(object: unknown): string {
  const { metadata, apiVersion: _apiVersion, status: _status, ...rest } = object as Body;
  const { resourceVersion: _version, generation: _generation, managedFields: _fields, ...own } = metadata;
  return JSON.stringify({ ...rest, metadata: own });
}
