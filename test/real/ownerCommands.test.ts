import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ControllerWorld, Replica } from "./controllerWorld.ts";
import { realTools } from "./harness/realTools.ts";

const MAIN = join(import.meta.dirname, "../../src/main.ts");
const STATE = "failover.linkerd.io/state";

const tools = realTools("kube-apiserver", "etcd");

describe.skipIf(tools.absent)(`${tools.title("the owner's commands on a kube-apiserver")}`, () => {
  let world: ControllerWorld;
  let replica: Replica;

  beforeAll(async () => {
    world = await ControllerWorld.start();
    writeFileSync(join(world.folder, "other"), world.apiserver.kubeconfig("other"));
    await world.split("web", ["1500m", "500m"]);
    await world.split("api");
    replica = await Replica.start(world);
    await replica.untilReady();
    await replica.untilLeading();
  });
  afterAll(async () => {
    await replica?.end("SIGKILL");
    await world?.stop();
  });

  /** With the controller's own permissions, which are enough for all commands. */
  const run = async (args: readonly string[], user: "kubeconfig" | "other" = "kubeconfig") => {
    const all = [MAIN, ...args, "--kubeconfig", join(world.folder, user)];
    const child = spawn(process.execPath, all, {
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 60_000,
      env: { ...process.env, ...world.stage.env },
    });
    const code = new Promise((resolve) => child.once("close", resolve));
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
    return { code: await code, out, err };
  };
  const annotations = async (name: string) => ((await world.object(name)).metadata.annotations ?? {}) as Record<string, string>;

  it("pin moves the traffic of a route whose weights are texts, and unpin moves it back", async () => {
    expect(await run(["pin", "-n", world.stage.shop, "ts/web", "web-east", "--for", "1h"])).toMatchObject({ code: 0, err: "" });
    await world.untilWeights("web", "0/100");
    expect(await run(["unpin", "-n", world.stage.shop, "ts/web"])).toMatchObject({ code: 0, err: "" });
    await world.untilWeights("web", "1500m/500m");
    expect(Object.keys(await annotations("web"))).toEqual([STATE]);
  });

  it("freeze keeps the weights during an outage, thaw releases them", async () => {
    expect(await run(["freeze", "-n", world.stage.shop, "ts/api"])).toMatchObject({ code: 0, err: "" });
    await world.ready("api", false);
    await world.ready("web", false);
    await world.untilWeights("web", "0/100");
    expect(await world.weights("api")).toBe("100/0");
    expect(await run(["thaw", "-n", world.stage.shop, "ts/api"])).toMatchObject({ code: 0, err: "" });
    await world.untilWeights("api", "0/100");
  });

  it("restore does not touch routes that the running controller would shift again", async () => {
    const { code, out, err } = await run(["restore", "-A"]);
    expect([code, out.match(/left as it is: a controller is running/g)?.length]).toEqual([1, 2]);
    expect(err).toContain(`leads in ${world.stage.home}: scale the controller down first`);
    expect([await world.weights("web"), await world.weights("api")]).toEqual(["0/100", "0/100"]);
  });

  it("restore restores a frozen route beside a running controller, and its weights stay", async () => {
    await run(["freeze", "-n", world.stage.shop, "ts/api"]);
    expect(await run(["restore", "-n", world.stage.shop, "ts/api"])).toMatchObject({
      code: 0,
      out: expect.stringContaining("restored: api 0 → 100"),
    });
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect([await world.weights("api"), Object.keys(await annotations("api"))]).toEqual(["100/0", ["failover.linkerd.io/freeze"]]);
  });

  it("restore names missing permissions", async () => {
    const { code, err } = await run(["restore", "-A"], "other");
    expect(code).toBe(1);
    expect(err).toContain("cannot list trafficsplits.split.smi-spec.io: 403 Forbidden: ");
  });

  it("restore writes the owner's own texts once the controller is stopped, also without the label, and only once", async () => {
    await replica.end("SIGTERM");
    await world.release("web");
    const dry = await run(["restore", "-A", "--dry-run"]);
    expect(dry).toMatchObject({
      code: 0,
      out: `TrafficSplit/${world.stage.shop}/web would be restored: web 0 → 1.5, web-east 100 → 0.5\n`,
    });
    expect(await run(["restore", "-A"])).toEqual({
      code: 0,
      out: `TrafficSplit/${world.stage.shop}/web restored: web 0 → 1.5, web-east 100 → 0.5\n`,
      err: "",
    });
    expect([await world.weights("web"), await annotations("web")]).toEqual(["1500m/500m", {}]);
    expect(await run(["restore", "-A"])).toEqual({ code: 0, out: "nothing to restore\n", err: "" });
  });
});
