/** The general texts that the base model is trained on beside the clinical ones, drawn from a seed. */
export { withQuestions, type Asked } from "./asking.ts";
export {
  documentKinds,
  documentShares,
  generalDocuments,
  writeDocument,
  type DocumentKind,
  type GeneralDocument,
  type GeneralTextOptions,
} from "./general-text.ts";
export { distinctNgramRatio } from "./variety.ts";
