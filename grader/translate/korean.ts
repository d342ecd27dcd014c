/** The Korean words that the generator writes by itself. */
import { dots } from "../release/index.ts";
import type { FixedWording } from "./fixed-wording.ts";

const facts = new Map([
  ["reading", "읽기"],
  ["running", "실행"],
  ["memory", "메모리"],
  ["needs", "준비"],
  ["graded", "채점"],
  ["previous", "이전"],
  ["next", "다음"],
]);

/** Korean, in 합니다체 as the course is. */
export const koreanWording: FixedWording = {
  goals: "이 노트북을 마치면 다음을 할 수 있습니다.",
  fact: (key) => facts.get(key) ?? key,
  exercise: (letter) => `연습 ${letter}`,
  effort: ({ difficulty, importance, minutes, points }) =>
    `난이도 ${dots(difficulty)} · 중요도 ${dots(importance)} · ${minutes}분 · ${points}점`,
  hint: (number) => `힌트 ${number}`,
  pointer: (notebook, tested) =>
    `[exercises/ko/${notebook}.ipynb](../../exercises/ko/${notebook}.ipynb)에서 풀어 보세요. ` +
    (tested ? "그곳의 테스트는 바로 실행됩니다." : "그곳에 쓴 답은 사람이 읽습니다."),
  machineMade: (english) =>
    "> **기계 번역** 이 한국어 번역은 기계가 만들었고, 아직 사람이 모두 검토하지 않았습니다. " +
    `뜻이 분명하지 않으면 [영어 원문](${english})을 보세요. 코드와 채점은 영어판과 같습니다.`,
  untranslated: { missing: "아직 번역되지 않았습니다", stale: "원문이 바뀌어 번역을 고치고 있습니다" },
  original: "영어",
};
