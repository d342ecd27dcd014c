/** Checks of single settings, with errors that name the setting, its value and what is allowed. */
import { ResidencyError } from "../errors.ts";

/** Says which value of a setting is not allowed, and what is. */
export function refuseSetting(name: string, value: unknown, allowed: string): never {
  throw new ResidencyError("E_CONFIG", `Cannot train with ${name} ${String(value)}: it must be ${allowed}`);
}

/** Passes a number in [lowest, highest] or, `open`, above lowest; throws E_CONFIG otherwise. */
export function checkNumber(
  name: string,
  value: number,
  {
    lowest = 0,
    highest = Infinity,
    open = false,
  }: { lowest?: number; highest?: number; open?: boolean } = {},
): void {
  const fits = Number.isFinite(value) && value <= highest && (open ? value > lowest : value >= lowest);
  if (fits) return;
  const from = open ? `above ${lowest}` : `at least ${lowest}`;
  refuseSetting(name, value, highest === Infinity ? `a number ${from}` : `${from} and at most ${highest}`);
}

/** Passes one of some names; throws E_CONFIG otherwise. */
export function checkChoice(name: string, value: string, allowed: readonly string[]): void {
  if (!allowed.includes(value)) refuseSetting(name, `"${value}"`, allowed.join(", "));
}
