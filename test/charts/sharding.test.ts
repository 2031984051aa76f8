import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { realTools } from "../real/harness/realTools.ts";
import { CHART, type Rendered, render } from "./helm.ts";

/** Helm can take seconds on a busy machine. */
const SLOW_MS = 60_000;
const PAGE = readFileSync(join(import.meta.dirname, "../../docs/sharding.md"), "utf8");

const tools = realTools("helm");

/** The `helm install` commands of the page, each as its arguments. */
function installs(): readonly (readonly string[])[] {
  const commands = PAGE.replaceAll("\\\n", " ").match(/^helm install .*$/gm) ?? [];
  return commands.map((command) => command.split(/\s+/).map((word) => word.replaceAll("'", "")));
}

/** The objects of such a command. */
function rendered(command: readonly string[]): Promise<readonly Rendered[]> {
  const [, , release = "", , ...settings] = command;
  return render(
    settings.filter((word) => word !== "--create-namespace"),
    CHART,
    release,
  );
}

interface Rights {
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

function envOf(objects: readonly Rendered[]): ReadonlyMap<string, string | undefined> {
  const env: { name: string; value?: string }[] = objects.find(({ kind }) => kind === "Deployment")?.spec.template.spec.containers[0].env;
  return new Map(env.map(({ name, value }) => [name, value]));
}

describe.skipIf(tools.absent)(`${tools.title("the shards of docs/sharding.md")}`, { timeout: SLOW_MS }, () => {
  it("are two ways of dividing, with two shards each", () => {
    expect(installs().map((command) => command[2])).toEqual(["failover-0", "failover-1", "failover-0", "failover-1"]);
  });

  it.each([0, 2])("have no object in common, and a Lease each (command %i and the next)", async (first) => {
    const [one = [], other = []] = await Promise.all(
      installs()
        .slice(first, first + 2)
        .map(rendered),
    );
    const names = (objects: readonly Rendered[]) =>
      objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ""}/${metadata.name}`);
    expect(one.length).toBeGreaterThan(5);
    expect(names(one).filter((name) => names(other).includes(name))).toEqual([]);
    const homes = [one, other].map((objects) => objects.find(({ kind }) => kind === "Deployment")?.metadata.namespace);
    expect(homes).toEqual(["failover-0", "failover-1"]);
    for (const [i, objects] of [one, other].entries()) {
      const renews = ({ resources, verbs }: Rights) => resources.includes("leases") && verbs.includes("update");
      const leases = objects.filter(({ kind, rules }) => kind === "Role" && (rules as readonly Rights[]).some(renews));
      expect(leases.map(({ metadata }) => metadata.namespace)).toEqual([homes[i]]);
    }
  });

  it("manage different routes", async () => {
    const [byNamespace, , byLabel, otherLabel] = await Promise.all(installs().map(async (command) => envOf(await rendered(command))));
    expect(byNamespace?.get("LINKERD_FAILOVER_WATCH_NAMESPACES")).toBe("shop-a,shop-b");
    expect(byNamespace?.get("LINKERD_FAILOVER_MAX_ROUTES_PER_NAMESPACE")).toBe("10000");
    expect(byLabel?.get("LINKERD_FAILOVER_SELECTOR")).toBe("failover.example.com/shard=0");
    expect(otherLabel?.get("LINKERD_FAILOVER_SELECTOR")).toBe("failover.example.com/shard=1");
  });
});
