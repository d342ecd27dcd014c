/** The words of the book's pages that stand in no notebook, by language. */

/** What a page says by itself. */
export interface BookWords {
  /** The language's code, as `<html lang>` has it. */
  language: string;
  /** The language's own name for itself. */
  name: string;
  course: string;
  lead: string;
  skip: string;
  search: string;
  placeholder: string;
  results: string;
  /** `{query}` stands for what was looked for. */
  nothing: string;
  /** `{reason}` stands for what went wrong. */
  failed: string;
  chapters: string;
  download: string;
}

const languages: readonly BookWords[] = [
  {
    language: "en",
    name: "English",
    course: "Fine-tuning a clinical language model",
    lead: `A course in TypeScript, from the next token to a fine-tuned clinical model, on a laptop without a GPU. These pages show
every notebook with its outputs; the notebooks themselves run in JupyterLab, VS Code or on Binder.`,
    skip: "Skip to the text",
    search: "Search the course",
    placeholder: "Search the course ( / )",
    results: "Results",
    nothing: "Nothing is found for “{query}”.",
    failed: "The search cannot be used: {reason}.",
    chapters: "Chapters",
    download: "Download the notebook",
  },
  {
    language: "ko",
    name: "한국어",
    course: "임상 언어 모델 미세조정하기",
    lead: `다음 토큰에서 출발해 미세조정한 임상 모델까지, GPU 없는 노트북 컴퓨터에서 TypeScript로 배우는 과정입니다. 이 페이지들은 모든
노트북을 결과와 함께 보여 줍니다. 노트북은 JupyterLab, VS Code, Binder에서 실행됩니다.`,
    skip: "본문으로 건너뛰기",
    search: "과정에서 찾기",
    placeholder: "과정에서 찾기 ( / )",
    results: "결과",
    nothing: "“{query}”에 대한 결과가 없습니다.",
    failed: "검색을 쓸 수 없습니다: {reason}.",
    chapters: "차례",
    download: "노트북 내려받기",
  },
];

/** The words of a language by its code. Throws Error for one that the book has no words for. */
export function bookWords(language: string): BookWords {
  const words = languages.find((each) => each.language === language);
  if (words === undefined) {
    const known = languages.map((each) => each.language).join(", ");
    throw new Error(`The book has no words for "${language}"; it has them for ${known}`);
  }
  return words;
}
