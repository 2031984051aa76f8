import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubeObject } from "../../../src/kube/kubeApi.ts";
import { type ApiDouble, startApiDouble } from "../../world/apiDouble.ts";
import { shifted } from "./owner/cluster.ts";

const MAIN = join(import.meta.dirname, "../../../src/main.ts");

let folder: string;
let double: ApiDouble;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "owner-"));
  double = await startApiDouble();
  writeFileSync(join(folder, "kubeconfig"), double.kubeconfig());
  writeFileSync(join(folder, "away"), double.kubeconfig().replaceAll(double.url, "http://127.0.0.1:1"));
});
afterAll(async () => {
  await double.close();
  rmSync(folder, { recursive: true });
});

async function run(...args: string[]) {
  const env = { ...process.env, HOME: folder, KUBECONFIG: join(folder, "kubeconfig") };
  const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ["ignore", "pipe", "pipe"], timeout: 30_000 });
  const code = new Promise<number | null>((resolve) => child.once("close", resolve));
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, out, err };
}

describe("the owner's commands", () => {
  it("use the cluster of the kubeconfig", async () => {
    double.apply(shifted("web", [100, 0]));
    const pinned = await run("pin", "-n", "shop", "ts/web", "east", "--for", "1h");
    expect(pinned).toEqual({ code: 0, out: expect.stringMatching(/^TrafficSplit\/shop\/web is pinned to east until .*Z\n$/), err: "" });
    const restored = await run("restore", "-A");
    expect(restored).toEqual({ code: 0, out: "TrafficSplit/shop/web restored: web 0 → 100, east 100 → 0\n", err: "" });
  });

  it("take KIND NAME, and a time for a freeze", async () => {
    double.apply(shifted("web", [100, 0]));
    const frozen = await run("freeze", "-n", "shop", "ts", "web", "--for", "1h");
    expect(frozen).toEqual({ code: 0, out: expect.stringMatching(/^TrafficSplit\/shop\/web is frozen until .*Z: its weights/), err: "" });
    const annotations = () =>
      (double.get("/apis/split.smi-spec.io/v1alpha2/namespaces/shop/trafficsplits/web") as KubeObject).metadata?.annotations;
    const until = Date.parse(annotations()?.["failover.linkerd.io/freeze-until"] ?? "");
    expect(until - Date.now()).toBeGreaterThan(3_500_000);
    expect(await run("pin", "-n", "shop", "ts", "web", "east")).toMatchObject({ code: 0, err: expect.stringContaining("is frozen") });
    expect((await run("freeze", "-n", "shop", "ts", "web")).out).toBe("TrafficSplit/shop/web is frozen: its weights stay as they are\n");
    expect(annotations()).not.toHaveProperty(["failover.linkerd.io/freeze-until"]);
    expect((await run("thaw", "-n", "shop", "ts", "web")).code).toBe(0);
    expect(annotations()).not.toHaveProperty(["failover.linkerd.io/freeze"]);
  });

  it("status with -n and -A lists all namespaces, like kubectl", async () => {
    double.apply(shifted("pay", [100, 0], { namespace: "bank" }));
    expect(await run("status", "-n", "shop", "-A")).toMatchObject({ code: 0, out: expect.stringMatching(/^bank .*pay/m) });
  });

  it.each([
    [["pin", "ts/web"], "missing required argument 'backend'"],
    [["pin", "ts", "web"], "missing required argument 'backend'"],
    [["pin", "ts", "web", "east", "west"], "too many arguments: west"],
    [["freeze", "ts/web", "api"], "too many arguments: api"],
    [["freeze", "ts/web", "--for", "2h30"], "which is not a duration"],
    [["status", "web"], "is no kind of route"],
    [["status", "ts/web", "--labels", "a=b=c", "--output", "csv"], "Allowed choices are table, wide, name, json, yaml"],
    [["pin", "gateway/web", "east"], "the kind must be trafficsplit (ts), httproute,"],
    [["pin", "ts/web", "east", "--for", "5"], "which is not a duration: write it as 5s."],
    [["pin", "ts/web", "east", "--for", "0s"], "It must be longer than 0s"],
    [["freeze", "web"], "a route is KIND/NAME"],
    [["restore", "-A", "-n", "shop"], "cannot be used with"],
    [["restore", "-A", "ts/web"], "exclude each other"],
    [["unpin", "ts/web", "--context", "other"], 'there is no context "other"'],
    [["thaw", "-n", "shop", "ts/none"], "TrafficSplit/shop/none does not exist"],
  ])("%j is wrong usage", async (args, why) => {
    const { code, out, err } = await run(...args);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(why);
    expect(err).toContain("hint: ");
  });

  it.each([["pin", "ts/web", "east"], ["freeze", "ts/web"], ["restore"]])(
    "%s reports that the API server does not answer, and exits with 3",
    async (...args) => {
      const { code, out, err } = await run(...args, "--kubeconfig", join(folder, "away"));
      expect([code, out]).toEqual([3, ""]);
      expect(err).toContain("ECONNREFUSED");
    },
  );
});
