/** A shorter secret would be found in every other word; it is no secret worth the name. */
const SHORTEST_CHARS = 4;

/** A text that a server sent back, without the secrets that it was shown: some repeat what they refuse. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.filter(({ length }) => length >= SHORTEST_CHARS).reduce((told, secret) => told.replaceAll(secret, "(secret)"), text);
}

/** What must not be repeated of an `Authorization` header: of a password, both its spellings. */
export function secretsIn(authorization: string): readonly string[] {
  const [scheme, value = ""] = authorization.split(/ +/, 2);
  if (scheme?.toLowerCase() !== "basic") return [value];
  const login = Buffer.from(value, "base64").toString();
  return [value, login.slice(login.indexOf(":") + 1)];
}
