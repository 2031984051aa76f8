/** More lines than this are not compared line by line: it would take long. */
const MAX_LINES = 2_000;
/** Equal lines that are shown before and after a difference. */
const CONTEXT = 2;

/** A readable difference: lines that are missing begin with `- `, lines that are new with `+ `, equal ones with two spaces. */
export function lineDiff(expected: readonly string[], actual: readonly string[]): readonly string[] {
  if (expected.length > MAX_LINES || actual.length > MAX_LINES)
    return [`  (${expected.length} lines expected, ${actual.length} lines now)`];
  const all = compared(expected, actual);
  const near = all.map((_, i) => all.slice(Math.max(0, i - CONTEXT), i + CONTEXT + 1).some((line) => !line.startsWith("  ")));
  return all.flatMap((line, i) => (near[i] === true ? [line] : near[i - 1] === true && near.indexOf(true, i) > 0 ? ["  …"] : []));
}

function compared(expected: readonly string[], actual: readonly string[]): readonly string[] {
  const common = longestCommon(expected, actual);
  const lines: string[] = [];
  let [i, j] = [0, 0];
  while (i < expected.length || j < actual.length) {
    const [before, now] = [expected[i], actual[j]];
    if (before !== undefined && before === now) {
      lines.push(`  ${before}`);
      i += 1;
      j += 1;
    } else if (before !== undefined && (now === undefined || at(common, i + 1, j) >= at(common, i, j + 1))) {
      lines.push(`- ${before}`);
      i += 1;
    } else {
      lines.push(`+ ${now}`);
      j += 1;
    }
  }
  return lines;
}

/** The length of the longest common subsequence of the rests from each pair of positions. */
function longestCommon(a: readonly string[], b: readonly string[]): readonly Uint16Array[] {
  const table = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    const [row, below] = [table[i], table[i + 1]];
    if (row === undefined || below === undefined) continue;
    for (let j = b.length - 1; j >= 0; j--) row[j] = a[i] === b[j] ? (below[j + 1] ?? 0) + 1 : Math.max(below[j] ?? 0, row[j + 1] ?? 0);
  }
  return table;
}

function at(table: readonly Uint16Array[], i: number, j: number): number {
  return table[i]?.[j] ?? 0;
}
