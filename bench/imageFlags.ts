import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The flags of Node with which the image starts the program. */
export function imageFlags(): readonly string[] {
  const entrypoint = /^ENTRYPOINT (\[.*\])$/m.exec(readFileSync(join(import.meta.dirname, "../Dockerfile"), "utf8"))?.[1] ?? "[]";
  return (JSON.parse(entrypoint) as string[]).filter((word) => word.startsWith("--"));
}
