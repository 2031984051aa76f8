import { Command, Option } from "commander";
import { createKubeApi } from "../../kube/createKubeApi.ts";
import { loadKubeConfig } from "../../kube/kubeConfig.ts";
import { printable, printableJson } from "../output/printable.ts";
import { type ClusterSettings, withClusterSettings } from "../wiring/clusterSettings.ts";
import { type ControllerSettings, withControllerSettings } from "../wiring/controllerSettings.ts";
import { VERSION } from "../wiring/ownVersion.ts";
import { readVersions, type Versions } from "./controller/readVersions.ts";

interface VersionSettings extends ClusterSettings, ControllerSettings {
  readonly client?: boolean;
  readonly output: "table" | "json";
}

const EXAMPLES = `
Examples:
  linkerd-failover version
  linkerd-failover version --client
  linkerd-failover version -o json

Exit status: 0, also where no controller can be reached; 2 wrong usage.
`;

/** `version`: of this command and, where one is reached, of the controller. */
export function versionCommand(): Command {
  return withControllerSettings(withClusterSettings(new Command("version")))
    .description("show the version of this command and of the controller")
    .addOption(new Option("--client", "only of this command: no cluster is asked"))
    .addOption(new Option("-o, --output <format>", "output format").choices(["table", "json"]).default("table"))
    .addHelpText("after", EXAMPLES)
    .action(async (settings: VersionSettings) => {
      const versions = settings.client === true ? null : await versionsOf(settings);
      process.stdout.write(settings.output === "json" ? json(versions) : printable(table(versions)));
    });
}

async function versionsOf(settings: VersionSettings): Promise<Versions> {
  const loaded = loadKubeConfig(settings);
  if (!loaded.ok) return { why: loaded.message };
  const kube = createKubeApi(loaded.kubeConfig, loaded.impersonation);
  return readVersions(kube, { namespace: settings.controllerNamespace, port: settings.adminPort });
}

function json(versions: Versions | null): string {
  if (versions === null) return printableJson({ command: VERSION });
  return printableJson({ command: VERSION, controller: "why" in versions ? null : versions.replicas, ...("why" in versions && versions) });
}

function table(versions: Versions | null): string {
  const own = `command     ${VERSION}\n`;
  if (versions === null) return own;
  if ("why" in versions) return `${own}controller  not reached: ${versions.why}\n`;
  return own + versions.replicas.map(({ version, pod, leads }) => `controller  ${version} (${pod}${leads ? ", leads" : ""})\n`).join("");
}
