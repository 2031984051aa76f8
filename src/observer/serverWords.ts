/** Only the beginning of a long page is read. */
const READ_LIMIT_CHARS = 16_384;
const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", "#39": "'", nbsp: " " };

/** What a body that is not Prometheus's JSON says: the message of other JSON, the title of a page, or the first line. Empty: nothing. */
export function serverWords(body: unknown): string {
  if (typeof body !== "string") return oneLine(messageIn(body));
  const text = body.trimStart().slice(0, READ_LIMIT_CHARS);
  if (/^<[a-z!?]/i.test(text)) return oneLine(pageText(text));
  return oneLine(/^.*/.exec(text)?.[0] ?? "");
}

/** Clouds and proxies answer with a `message`, some inside an `error`. */
function messageIn(body: unknown): string {
  if (Array.isArray(body)) return messageIn(body[0]);
  const { error, message, Message } = (body ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof error === "object") return messageIn(error);
  return [error, message, Message].find((text): text is string => typeof text === "string" && text !== "") ?? "";
}

function pageText(html: string): string {
  const title = /<title[^>]*>([^<]*)<\/title>/i.exec(html)?.[1]?.trim();
  const text = title || html.replaceAll(/<(script|style)\b[\s\S]*?(<\/\1>|$)/gi, " ").replaceAll(/<[^>]*(>|$)/g, " ");
  return text.replaceAll(/&([a-z]+|#39);/gi, (entity, name: string) => ENTITIES[name.toLowerCase()] ?? entity);
}

/** Without characters that would break a line or a terminal. */
function oneLine(text: string): string {
  return text.replaceAll(/[\s\p{Cc}\p{Cf}]+/gu, " ").trim();
}
