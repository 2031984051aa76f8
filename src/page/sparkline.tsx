const WIDTH = 120;
const HEIGHT = 24;
/** As many looks as there is room for; the newest stands at the right. */
const SAMPLES = 60;

/** A success rate over the last minutes, 0 at the bottom and 100 % at the top. The number beside it says the same in words. */
export function Sparkline({ rates }: { readonly rates: readonly (number | null)[] }) {
  return (
    <svg class="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      {linesOf(rates).map((points) => (
        <polyline key={points} points={points} />
      ))}
    </svg>
  );
}

/** A line for each stretch without a gap. */
function linesOf(rates: readonly (number | null)[]): readonly string[] {
  const lines: string[][] = [[]];
  rates.forEach((rate, i) => {
    if (rate === null) lines.push([]);
    else lines.at(-1)?.push(`${x(i + SAMPLES - rates.length)},${y(rate)}`);
  });
  return lines.filter((line) => line.length > 1).map((line) => line.join(" "));
}

function x(index: number): string {
  return ((index / (SAMPLES - 1)) * WIDTH).toFixed(1);
}

function y(rate: number): string {
  return (1 + (1 - rate) * (HEIGHT - 2)).toFixed(1);
}
