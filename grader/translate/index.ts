/** The course in other languages: which texts there are, what a translation has for them, and the notebooks that follow. */
export { translationDifferences } from "./compare.ts";
export { buildTranslation, translatedTexts } from "./edition.ts";
export type { TextState, TranslatedText } from "./edition.ts";
export { parseTranslation, serializeTranslation } from "./entries.ts";
export type { Translation, TranslationEntry } from "./entries.ts";
export { folderTexts, readTranslation, releaseTranslation, translationLanguages } from "./folder.ts";
export type { TranslationRelease } from "./folder.ts";
export type { FixedWording } from "./fixed-wording.ts";
export { languageWording } from "./language.ts";
export { sourceTexts, textHash, textKey } from "./parts.ts";
export type { SourceText, TextKind } from "./parts.ts";
export { addTranslations, translationTask } from "./work.ts";
export type { AddedTranslations, TranslationTask } from "./work.ts";
