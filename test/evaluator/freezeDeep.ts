/** Freezes a value and everything in it, Maps included, and returns it: any attempt to change it throws. */
export function freezeDeep<T>(value: T): T {
  freeze(value);
  return value;
}

function freeze(value: unknown): void {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return;
  if (value instanceof Map) {
    for (const [key, held] of value) {
      freeze(key);
      freeze(held);
    }
    for (const method of ["set", "delete", "clear"]) Object.defineProperty(value, method, { value: refuse });
  }
  Object.freeze(value);
  for (const held of Object.values(value)) freeze(held);
}

function refuse(): never {
  throw new TypeError("a frozen Map was changed");
}
