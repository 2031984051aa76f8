import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ControllerWorld, until } from "./controllerWorld.ts";
import { recordFault } from "./faults/recordFault.ts";
import { Scene } from "./faults/scene.ts";
import { realTools } from "./harness/realTools.ts";

const RBAC = "/apis/rbac.authorization.k8s.io/v1";
const MERGE_PATCH = "application/merge-patch+json";
const LEASE_SECONDS = 15;
/** Two tries of a leader, with slack for a shared, slow machine. */
const NOTICED_WITHIN_MS = 30_000;
/** A Lease that is not renewed is free after 15 s; a replica reads it at least every 2.5 s. The rest is slack, as above. */
const FREE_WITHIN_MS = 45_000;

const tools = realTools("kube-apiserver", "etcd");

describe.skipIf(tools.absent)(`${tools.title("a Lease that others edit")}`, () => {
  let world: ControllerWorld;
  const scenes: Scene[] = [];

  beforeAll(async () => {
    world = await ControllerWorld.start();
  });
  afterAll(async () => {
    for (const { replica } of scenes) await replica.end("SIGKILL");
    await world?.stop();
  });

  const open = async (name: string): Promise<Scene> => {
    const scene = await Scene.open(world, name);
    scenes.push(scene);
    return scene;
  };
  const leasePath = (name: string) => `/apis/coordination.k8s.io/v1/namespaces/${name}/leases/linkerd-failover`;
  const holder = async (name: string) => (await world.admin("GET", leasePath(name))).body.spec?.holderIdentity as string | undefined;
  const untilHeldAgain = (name: string, ours: string, limitMs: number) =>
    until(
      "the replica to hold the Lease again",
      async () => (await world.admin("GET", leasePath(name))).body.spec,
      (spec) => spec?.holderIdentity === ours && spec.leaseDurationSeconds === LEASE_SECONDS && spec.renewTime < "2099",
      limitMs,
    );
  const edit = async (name: string, spec: object | null) => {
    const { status } = await world.admin("PATCH", leasePath(name), { spec }, MERGE_PATCH);
    expect(status).toBe(200);
  };
  const acts = async (scene: Scene) => {
    await scene.ready(false);
    await scene.untilWeights("0/100");
    expect(await scene.writes()).toBe(1);
  };

  it.concurrent.each([
    ["deleted", (name: string) => world.admin("DELETE", leasePath(name))],
    ["emptied", (name: string) => edit(name, null)],
    [
      "garbled",
      (name: string) => edit(name, { leaseDurationSeconds: 1, leaseTransitions: 2_000_000_000, renewTime: "1970-01-01T00:00:00.000000Z" }),
    ],
  ])("that is %s by hand is acquired again, and the replica never stops leading", async (name, strike) => {
    const scene = await open(name);
    const ours = (await holder(name)) ?? "";
    const { resourceVersion } = (await world.admin("GET", leasePath(name))).body.metadata;
    await strike(name);
    const struckMs = performance.now();
    await untilHeldAgain(name, ours, NOTICED_WITHIN_MS);
    const recoveryMs = performance.now() - struckMs;
    expect((await world.admin("GET", leasePath(name))).body.metadata.resourceVersion).not.toBe(resourceVersion);
    await acts(scene);
    expect(scene.replica.log).not.toContain("not leading");
    recordFault({
      ...{ theme: "replicas and Lease", fault: `the Lease is ${name} by hand`, recoveryMs },
      sight: { metric: ["leader", 1] },
      note: "measured until the replica holds it again; it leads all the time",
    });
  });

  it.concurrent("with another holder and a time far in the future blocks the controller only as long as a Lease lasts", async () => {
    const name = "foreign";
    const scene = await open(name);
    const ours = (await holder(name)) ?? "";
    await edit(name, { holderIdentity: "other", renewTime: "2099-01-01T00:00:00.000000Z" });
    const editedMs = performance.now();
    await scene.untilMetric("leader", (leader) => leader === 0, NOTICED_WITHIN_MS);
    await scene.ready(false);
    expect(await scene.writes()).toBe(0);
    await untilHeldAgain(name, ours, FREE_WITHIN_MS);
    const recoveryMs = performance.now() - editedMs;
    await scene.untilWeights("0/100");
    expect(await scene.writes()).toBe(1);
    recordFault({
      ...{ theme: "replicas and Lease", fault: "another holder and the year 2099 are written into the Lease by hand", recoveryMs },
      sight: { log: "not leading: this replica watches and writes nothing", metric: ["leader", 0] },
      note: "measured from the edit; a Lease that is not renewed is free after 15 s, whatever its timestamps",
    });
  });

  it.concurrent("that the replica may no longer update ends its leading and its writes", async () => {
    const scene = await open("refused");
    const role = `${RBAC}/namespaces/refused/roles/linkerd-failover`;
    const { rules } = (await world.admin("GET", role)).body as { rules: { verbs: string[] }[] };
    const allow = async (verbs: readonly string[]) => {
      const allowed = rules.map((rule) => ({ ...rule, verbs: rule.verbs.filter((verb) => verbs.includes(verb)) }));
      const { status } = await world.admin("PATCH", role, { rules: allowed.filter((rule) => rule.verbs.length > 0) }, MERGE_PATCH);
      expect(status).toBe(200);
    };
    await scene.play("replicas and Lease", {
      fault: "403: the permission to update the Lease is removed",
      strike: () => allow(["get"]),
      sight: { log: "the Lease cannot be acquired or renewed, retrying: Forbidden", metric: ["leader", 0] },
      meanwhile: async () => {
        await scene.ready(false);
        expect(await scene.writes()).toBe(0);
      },
      mend: () => allow(["get", "create", "update", "patch"]),
      converged: () => scene.untilWeights("0/100"),
      writes: 1,
    });
  });
});
