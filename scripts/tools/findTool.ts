import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";

/** The real servers that tests and the demo run against, and what installs into them. */
export const TOOLS = ["kube-apiserver", "etcd", "prometheus", "promtool", "helm"] as const;
export type Tool = (typeof TOOLS)[number];

/** Where we build what is nowhere else. */
export const TOOLS_DIR = resolve(import.meta.dirname, "../../.tools");

/** The path of a tool: from KUBEBUILDER_ASSETS, PATH or `.tools/bin`; null where none has it. */
export function findTool(name: Tool): string | null {
  const assets = name === "kube-apiserver" || name === "etcd" ? [process.env.KUBEBUILDER_ASSETS ?? ""] : [];
  const folders = [...assets, ...(process.env.PATH ?? "").split(delimiter), join(TOOLS_DIR, "bin")];
  return (
    folders
      .filter((folder) => folder !== "")
      .map((folder) => join(folder, name))
      .find(isExecutable) ?? null
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
