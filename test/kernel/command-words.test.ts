/** Tests of the template of `$`: what is a word, and what is refused. */
import assert from "node:assert/strict";
import { commandText, commandWords } from "../../kernel/tools/command-words.ts";
import type { CommandArgument } from "../../kernel/tools/command-words.ts";

const words = (template: TemplateStringsArray, ...values: CommandArgument[]): string[] =>
  commandWords(template, values);

describe("commandWords", () => {
  it("splits at white space and new lines when nothing is quoted", () => {
    assert.deepEqual(
      words`  git  log -n
      5`,
      ["git", "log", "-n", "5"],
    );
  });

  it("keeps a value one word when it holds spaces, quotes or shell syntax", () => {
    const value = `a b'c"; rm -rf / | $(x) * \\ \n`;
    assert.deepEqual(words`echo ${value} --name=${value} ${""}`, ["echo", value, `--name=${value}`, ""]);
    assert.deepEqual(words`echo "x ${value}"`, ["echo", `x ${value}`]);
  });

  it("makes each item of a list a word when a list is given", () => {
    assert.deepEqual(words`rm ${["a b", 1, 2n]} ${[]} end`, ["rm", "a b", "1", "2", "end"]);
  });

  it("takes quotes away and keeps what is in them when words are quoted", () => {
    assert.deepEqual(words`grep 'a | b' "it's" ""  x'y z'w`, ["grep", "a | b", "it's", "", "xy zw"]);
  });

  it("takes what no shell would change when it is unquoted", () => {
    const text = ["curl", "https://example.org/?a=1", "HEAD~1", "name@{0}", "C:/x", "#1", "!x", "[a]"];
    assert.deepEqual(commandWords([text.join(" ")], []), text);
  });

  it("throws E_COMMAND that says what to write instead when shell syntax is unquoted", () => {
    for (const [template, hint] of [
      ["ls | wc", /\.pipe\(/],
      ["ls > out", /\.writeTo\(/],
      ["wc < in", /\.readFrom\(/],
      ["sleep 1 &", /without await/],
      ["a; b", /one \$`command` after another/],
      ["ls *.ts", /glob/],
      ["echo $HOME", /process\.env/],
      ["ls ~/x", /homedir/],
      ["echo 'a", /no end/],
      ["  ", /names no program/],
    ] as const) {
      assert.throws(() => commandWords([template], []), { code: "E_COMMAND", message: hint }, template);
    }
  });

  it("throws E_COMMAND when a value is no text, number or list of its own", () => {
    for (const value of [undefined, null, {}, Promise.resolve("x"), true]) {
      assert.throws(() => commandWords(["echo ", ""], [value as never]), { code: "E_COMMAND" });
    }
    assert.throws(() => words`echo --x=${["a"]}`, { code: "E_COMMAND", message: /between spaces/ });
    assert.throws(() => words`echo ${"a\0b"}`, { code: "E_COMMAND", message: /NUL/ });
  });
});

describe("commandText", () => {
  it("quotes words that need it when it writes a command for people", () => {
    assert.equal(commandText(["git", "log", "a b", ""]), "git log 'a b' ''");
  });
});
