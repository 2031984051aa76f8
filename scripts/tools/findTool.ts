import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";

/** The real servers that tests and the demo use, and helm. */
export const TOOLS = ["kube-apiserver", "etcd", "prometheus", "promtool", "helm"] as const;
export type Tool = (typeof TOOLS)[number];

/** The folder for tools that we build. */
export const TOOLS_DIR = resolve(import.meta.dirname, "../../.tools");

/** The path of a tool in KUBEBUILDER_ASSETS, PATH or `.tools/bin`; null if it is in none of them. */
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
