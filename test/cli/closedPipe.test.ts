import { spawn } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const TIME_LIMIT_MS = 30_000;

it.each(["rules schema", "rules defaults", "--help", "completion bash"])(
  "%s reports no error when the reader closes the pipe",
  async (command) => {
    const args = ["-c", `set -o pipefail; ${process.execPath} src/main.ts ${command} | true`];
    const child = spawn("bash", args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"], timeout: TIME_LIMIT_MS });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (said += String(chunk)));
    const code = await new Promise((resolve) => child.once("close", resolve));
    expect({ code, said }).toEqual({ code: 0, said: "" });
  },
  TIME_LIMIT_MS,
);
