import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runTranscript } from "../../src/simulator/transcript.ts";

const FOLDER = join(import.meta.dirname, "../transcripts");

/** `UPDATE_TRANSCRIPTS=1 npm test` rewrites the outputs; read the diff before you keep it. */
const UPDATE = process.env["UPDATE_TRANSCRIPTS"] === "1";

describe("transcripts", () => {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith(".txt"));

  it("exist", () => {
    expect(files.length).toBeGreaterThanOrEqual(25);
  });

  it.each(files)("%s", (name) => {
    const path = join(FOLDER, name);
    const text = readFileSync(path, "utf8");
    const now = runTranscript(text);
    if (UPDATE) writeFileSync(path, now);
    else expect(now).toBe(text);
  });

  it("differ from a changed output", () => {
    const text = "> split web: web 100, east 0\n> run 5s\n| 0:00 something else\n";
    expect(runTranscript(text)).not.toBe(text);
  });
});
