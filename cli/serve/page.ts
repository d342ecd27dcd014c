/** The page of `residency serve`: what stands still; its script fills in the rest. */
import { sides, type Side } from "./protocol.ts";

const names: Record<Side, { title: string; label: string }> = {
  base: { title: "Base model", label: "without the adapter" },
  tuned: { title: "Tuned model", label: "with the adapter" },
};

const answer = (side: Side): string => `<article class="answer" id="${side}" aria-labelledby="${side}-title">
<h2 id="${side}-title">${names[side].title} <small>${names[side].label}</small></h2>
<div class="text" id="${side}-text" tabindex="0" role="group" aria-label="Answer of the ${names[side].title.toLowerCase()}; arrow keys go from token to token"></div>
<p class="detail" id="${side}-detail" aria-live="polite"></p>
<p class="outcome" id="${side}-outcome"></p>
</article>`;

/** The whole page; it has no script and no style of its own, and holds no data. */
export const pageHtml = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Residency: base and tuned</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="style.css">
<script type="module" src="page.js"></script>
</head>
<body>
<header>
<h1>Base and tuned, side by side</h1>
<p id="models">Loading…</p>
</header>
<main>
<form id="form">
<section class="note" aria-labelledby="note-title">
<h2 id="note-title">The note</h2>
<label for="notes">Choose one</label>
<select id="notes" disabled></select>
<label for="note">Or change it, or write your own</label>
<textarea id="note" spellcheck="false" required></textarea>
</section>
<section class="question" aria-labelledby="question-title">
<h2 id="question-title">The question</h2>
<label for="questions">Choose one</label>
<select id="questions" disabled></select>
<label for="question">Or ask your own</label>
<textarea id="question" rows="3" required></textarea>
<details>
<summary>How the models write</summary>
<div class="settings">
<label for="maxNewTokens">Most new tokens</label><input id="maxNewTokens" type="number" min="1" step="1" required>
<label for="temperature">Temperature <small>0 takes the most probable token each time</small></label><input id="temperature" type="number" min="0" max="10" step="0.1" value="0" required>
<label for="seed">Seed</label><input id="seed" type="number" min="0" max="2147483647" step="1" value="0" required>
</div>
</details>
<p class="buttons"><button id="ask" type="submit" disabled>Ask both <kbd>Ctrl ↵</kbd></button>
<button id="stop" type="button" disabled>Stop <kbd>Esc</kbd></button></p>
<p id="status" role="status"></p>
<p id="problem" role="alert" hidden></p>
</section>
</form>
<section class="answers" aria-label="Answers">
${sides.map(answer).join("\n")}
</section>
<section id="reference" class="reference" aria-labelledby="reference-title" hidden>
<h2 id="reference-title">Reference <small>the answer of the data</small></h2>
<p id="reference-text"></p>
</section>
<ul class="legend" aria-label="Colours: the probability of a token">
<li><span class="token p4">90 % and more</span></li><li><span class="token p3">60 to 90 %</span></li><li><span class="token p2">30 to 60 %</span></li><li><span class="token p1">10 to 30 %</span></li><li><span class="token p0">less than 10 %</span></li>
</ul>
</main>
<footer><p>Everything stays on this machine. The answers are for learning, and not for the care of anybody.</p></footer>
</body>
</html>
`;
