/** Objects whose calls are counted, to end a process at a certain one. */

const INSIDE: ReadonlySet<PropertyKey> = new Set([
  "keys",
  "signer",
  "agreement",
  "kem",
  "mac",
  "cipher",
  "keyExport",
  "catalog",
  "approvals",
]);

/** The same object; `tick` is called before each call of it, or of a port of it, and again when its promise is settled. */
export function watched<Value extends object>(value: Value, tick: () => void): Value {
  return new Proxy(value, {
    get(object, name): unknown {
      const member: unknown = Reflect.get(object, name, object);
      if (typeof member === "object" && member !== null && INSIDE.has(name)) return watched(member, tick);
      if (typeof member !== "function") return member;
      return (...parameters: unknown[]): unknown => {
        tick();
        const result: unknown = Reflect.apply(member, object, parameters);
        if (!(result instanceof Promise)) return result;
        return result.then((settled: unknown) => {
          tick();
          return name === "join" && typeof settled === "object" && settled !== null ? watched(settled, tick) : settled;
        });
      };
    },
  });
}
