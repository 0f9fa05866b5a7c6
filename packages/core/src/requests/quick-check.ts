/**
 * A cheap acceptor for the requests of hot operations. The zod schema stays the authority: what this does not accept
 * is given to the schema, which either takes it after all or says what is wrong. What this accepts the schema accepts
 * too (property-tested), so it can only save time, never let something through.
 */

/** Accepts one member's value. */
export type MemberCheck = (value: unknown) => boolean;

/** Accepts a request object whole. */
export type QuickCheck = (request: object) => boolean;

/** Types promise an object; JavaScript callers may not keep the promise. */
export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Makes an acceptor: every member must be known and right, every required one present. */
export function quickCheck(members: Readonly<Record<string, MemberCheck>>, required: readonly string[]): QuickCheck {
  const checks = new Map(Object.entries(members));
  const count = required.length;
  const isRequired = new Set(required);
  return (request) => {
    let seen = 0;
    let name: string;
    for (name in request) {
      const check = checks.get(name);
      const value: unknown = Reflect.get(request, name);
      if (check === undefined || !check(value)) return false;
      if (isRequired.has(name)) seen += 1;
    }
    return seen === count;
  };
}

export const isKey: MemberCheck = (value) => typeof value === "string" && value.length > 0 && value.length <= 4096;
export const isBoolean: MemberCheck = (value) => typeof value === "boolean";

/** Accepts one of the given strings. */
export function isOneOf(values: readonly string[]): MemberCheck {
  const set = new Set<unknown>(values);
  return (value) => set.has(value);
}
