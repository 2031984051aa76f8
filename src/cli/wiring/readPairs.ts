export type Pair = readonly [name: string, value: string];

/** Reads `NAME=VALUE` texts, each with one pair or with one a line, as an environment variable has them. Null: one is something else. */
export function readPairs(texts: readonly string[] = []): readonly Pair[] | null {
  const lines = texts.flatMap((text) => text.split("\n")).filter((line) => line.trim() !== "");
  const pairs = lines.map((line): Pair => {
    const at = line.indexOf("=");
    return [line.slice(0, Math.max(0, at)).trim(), line.slice(at + 1)];
  });
  return pairs.every(([name]) => name !== "") ? pairs : null;
}
