/** Hands a text on, but the same one again only after a while: a failure that lasts is told, not repeated. */
export function sparingly(tell: (text: string) => void, everyMs: number, nowMs: () => number): (text: string) => void {
  let told: { readonly text: string; readonly atMs: number } | null = null;
  return (text) => {
    if (told !== null && told.text === text && nowMs() - told.atMs < everyMs) return;
    told = { text, atMs: nowMs() };
    tell(text);
  };
}
