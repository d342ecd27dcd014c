/** What each setting of generation may be: the one table that options, configs and files are checked against. */
import { ResidencyError } from "../errors.ts";
import type { GenerationSettings } from "../nn/index.ts";

/** The name of a setting. */
export type SettingName = keyof GenerationSettings;

/** Which values a setting may have, for the check and in words. */
interface Rule {
  allowed: string;
  holds: (value: unknown) => boolean;
}

const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
const isWhole = (value: unknown, least: number): boolean =>
  Number.isSafeInteger(value) && Number(value) >= least;
const isToken = (value: unknown): boolean => isWhole(value, 0);
const isTokenList = (value: unknown): boolean => Array.isArray(value) && value.every(isToken);
const isSequence = (value: unknown): boolean => isTokenList(value) && (value as unknown[]).length > 0;

const whole = (least: number): Rule => ({
  allowed: `a whole number of at least ${least}`,
  holds: (value) => isWhole(value, least),
});
const number = (allowed: string, holds: (value: number) => boolean): Rule => ({
  allowed,
  holds: (value) => isNumber(value) && holds(value),
});
const flag: Rule = { allowed: "true or false", holds: (value) => typeof value === "boolean" };
const token: Rule = { allowed: "a token number", holds: isToken };
const tokens: Rule = { allowed: "a list of token numbers", holds: isTokenList };
const tokenOrTokens: Rule = {
  allowed: "a token number or a list of them",
  holds: (value) => isToken(value) || isTokenList(value),
};
const aboveZero = number("a number above 0", (value) => value > 0);
const share = number("in (0, 1]", (value) => value > 0 && value <= 1);
const cutoff = number("in [0, 1), where 0 drops nothing", (value) => value >= 0 && value < 1);

const rules: Record<SettingName, Rule> = {
  maxNewTokens: whole(1),
  maxLength: whole(1),
  minNewTokens: whole(0),
  minLength: whole(0),
  maxTime: aboveZero,
  stopStrings: {
    allowed: "a text or a list of texts, none of them empty",
    holds: (value) =>
      (Array.isArray(value) ? value : [value]).every((text) => typeof text === "string" && text !== ""),
  },
  doSample: flag,
  temperature: number(
    "a number above 0; for the most probable token leave it out and set doSample: false",
    (value) => value > 0,
  ),
  topK: { ...whole(0), allowed: "a whole number of at least 0, where 0 keeps every token" },
  topP: share,
  minP: number("in [0, 1]", (value) => value >= 0 && value <= 1),
  typicalP: share,
  epsilonCutoff: cutoff,
  etaCutoff: cutoff,
  repetitionPenalty: { ...aboveZero, allowed: "a number above 0, where 1 changes nothing" },
  noRepeatNgramSize: { ...whole(0), allowed: "a whole number of at least 0, where 0 allows repetition" },
  badWordsIds: {
    allowed: "a list of token sequences, none of them empty",
    holds: (value) => Array.isArray(value) && value.every(isSequence),
  },
  suppressTokens: tokens,
  beginSuppressTokens: tokens,
  sequenceBias: {
    allowed: "a list of pairs of a token sequence and a number",
    holds: (value) =>
      Array.isArray(value) &&
      value.every(
        (pair) => Array.isArray(pair) && pair.length === 2 && isSequence(pair[0]) && isNumber(pair[1]),
      ),
  },
  forcedBosTokenId: token,
  forcedEosTokenId: tokenOrTokens,
  exponentialDecayLengthPenalty: {
    allowed: "a pair of a whole number of at least 0 and a number above 0",
    holds: (value) =>
      Array.isArray(value) && value.length === 2 && isWhole(value[0], 0) && aboveZero.holds(value[1]),
  },
  removeInvalidValues: flag,
  renormalizeLogits: flag,
  numBeams: whole(1),
  lengthPenalty: number("a finite number", () => true),
  earlyStopping: {
    allowed: 'true, false or "never"',
    holds: (value) => typeof value === "boolean" || value === "never",
  },
  numReturnSequences: whole(1),
  eosTokenId: tokenOrTokens,
  padTokenId: token,
};

/** Every setting by its name. */
export const settingNames = Object.keys(rules) as SettingName[];

/** transformers' defaults of the settings that do something by themselves. */
export const defaultSettings = {
  doSample: false,
  temperature: 1,
  topK: 50,
  topP: 1,
  typicalP: 1,
  epsilonCutoff: 0,
  etaCutoff: 0,
  repetitionPenalty: 1,
  noRepeatNgramSize: 0,
  minLength: 0,
  numBeams: 1,
  lengthPenalty: 1,
  earlyStopping: false,
  numReturnSequences: 1,
  removeInvalidValues: false,
  renormalizeLogits: false,
} as const satisfies GenerationSettings;

/** How a value looks in a message; NaN and infinities as themselves. */
const shown = (value: unknown): string => (typeof value === "number" ? String(value) : JSON.stringify(value));

/**
 * Checks the range of every setting that is given.
 *
 * @throws ResidencyError E_CONFIG naming the setting, its value and what is allowed.
 */
export function checkSettings(settings: GenerationSettings): void {
  for (const name of settingNames) {
    const value: unknown = settings[name];
    if (value === undefined || rules[name].holds(value)) continue;
    throw new ResidencyError(
      "E_CONFIG",
      `Cannot generate with ${name} ${shown(value)}: it must be ${rules[name].allowed}`,
    );
  }
}
