const WIDTH = 120;
const HEIGHT = 24;
/** The number of samples that fit; the newest is at the right. */
const SAMPLES = 60;

/** The success rate over the last minutes, from 0 at the bottom to 100 % at the top. Hidden from screen readers: the number is beside it. */
export function Sparkline({ rates }: { readonly rates: readonly (number | null)[] }) {
  return (
    <svg class="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      {linesOf(rates).map((points) => (
        <polyline key={points} points={points} />
      ))}
    </svg>
  );
}

/** One line per stretch without gaps. */
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
