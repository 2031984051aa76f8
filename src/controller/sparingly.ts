/** Returns a function that passes a text on, but the same text again only after `everyMs`. */
export function sparingly(tell: (text: string) => void, everyMs: number, nowMs: () => number): (text: string) => void {
  let told: { readonly text: string; readonly atMs: number } | null = null;
  return (text) => {
    if (told !== null && told.text === text && nowMs() - told.atMs < everyMs) return;
    told = { text, atMs: nowMs() };
    tell(text);
  };
}
