#include "metrics/extract.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace cdx {
namespace {

const std::vector<ExtractRule> kAll = {ExtractRule::kUnfinished,
                                       ExtractRule::kClosing,
                                       ExtractRule::kTitle,
                                       ExtractRule::kPreamble,
                                       ExtractRule::kRunOn};

std::string by(ExtractRule rule,
               const std::string& text,
               const std::string& prompt = "") {
  const Extracted result = extract(text, prompt, {rule});
  CHECK(result.hits[static_cast<size_t>(rule)] ==
        (result.text != extract(text, prompt, {}).text));
  return result.text;
}

TEST_CASE("a text is cut before a line that begins something else") {
  const auto cut = [](const std::string& marker) {
    return by(ExtractRule::kRunOn, "The fox ran.\n\n" + marker + " and on.");
  };
  for (const std::string marker : {"[WP] You wake",
                                   "[EU] Hogwarts",
                                   "Prompt: a fox",
                                   "WRITING PROMPT: a fox",
                                   "  User: more",
                                   "### Human: more",
                                   "<|user|>",
                                   "Title: The Hare",
                                   "r/WritingPrompts",
                                   "Write a short story about"}) {
    CAPTURE(marker);
    CHECK(cut(marker) == "The fox ran.");
  }
  for (const std::string other :
       {"He sat", "### Chapter 2", "[He sat]", "Story", "The user: he"}) {
    CAPTURE(other);
    CHECK(cut(other) == "The fox ran.\n\n" + other + " and on.");
  }
  // The first line cannot be a second beginning.
  CHECK(by(ExtractRule::kRunOn, "[WP] A fox.\nIt ran.") ==
        "[WP] A fox.\nIt ran.");
}

TEST_CASE("a text is cut where the prompt comes once more") {
  const std::string prompt = "A fox finds an honest bell.";
  CHECK(by(ExtractRule::kRunOn, "It rang.\n" + prompt + "\nIt", prompt) ==
        "It rang.");
  CHECK(by(ExtractRule::kRunOn, "It rang.\nA fox\nran", "A fox") ==
        "It rang.\nA fox\nran");  // too short to tell
}

TEST_CASE("a first paragraph that announces the story is dropped") {
  for (const std::string preamble :
       {"Sure! Here's a story about a fox:",
        "Certainly, here is the tale.",
        "Here is a short story based on your prompt.",
        "Of course:"}) {
    CAPTURE(preamble);
    CHECK(by(ExtractRule::kPreamble, preamble + "\n\nA fox ran.") ==
          "A fox ran.");
  }
  for (const std::string story : {"Sure enough, the fox ran.\nIt sat.",
                                  "The story began:\nA fox ran.",
                                  "Here is a story about a fox:"}) {
    CAPTURE(story);
    CHECK(by(ExtractRule::kPreamble, story) == story);
  }
}

TEST_CASE("a title above the story is dropped") {
  for (const std::string title : {"Title: The Fox",
                                  "# The Fox",
                                  "**The Fox**",
                                  "**Title: The Fox**",
                                  "The Fox and the Bell\n"}) {
    CAPTURE(title);
    CHECK(by(ExtractRule::kTitle, title + "\nA fox ran.") == "A fox ran.");
  }
  for (const std::string story : {"The Fox ran.\n\nIt sat.",
                                  "The Fox\nran on.",
                                  "it was late in the day\n\nand cold.",
                                  "The Fox"}) {
    CAPTURE(story);
    CHECK(by(ExtractRule::kTitle, story) == story);
  }
}

TEST_CASE("last paragraphs that speak to the reader are dropped") {
  for (const std::string closing : {"I hope you enjoyed this!",
                                    "Let me know if you want more.",
                                    "(Word count: 498)",
                                    "---\n\nWould you like another?",
                                    "EDIT: thanks for the gold",
                                    "***"}) {
    CAPTURE(closing);
    CHECK(by(ExtractRule::kClosing, "A fox ran.\n\n" + closing) ==
          "A fox ran.");
  }
  CHECK(by(ExtractRule::kClosing, "I hope so, said the fox.") ==
        "I hope so, said the fox.");
}

TEST_CASE("a last sentence that does not end is trimmed") {
  const auto trimmed = [](const std::string& text) {
    return by(ExtractRule::kUnfinished, text);
  };
  CHECK(trimmed("A fox ran. It sat and") == "A fox ran.");
  CHECK(trimmed("“Run!” It sat and") == "“Run!”");
  CHECK(trimmed("(He ran?) It cost 3.5") == "(He ran?)");
  CHECK(trimmed("He ran... and then") == "He ran...");
  CHECK(trimmed("A fox ran.") == "A fox ran.");
  CHECK(trimmed("“A fox ran.”") == "“A fox ran.”");
  CHECK(trimmed("a fox without an end") == "a fox without an end");
  CHECK(trimmed("狐は走った。 そして") == "狐は走った。");
}

TEST_CASE("rules act in their own order and say what they did") {
  const Extracted result = extract(
      "Sure, here is a story:\n\n**The Fox**\n\nA fox ran. It sat\n\n"
      "I hope you like it.\n\n[WP] A hare.",
      "",
      kAll);
  CHECK(result.text == "A fox ran.");
  for (const bool hit : result.hits) CHECK(hit);
  const Extracted plain = extract(" A fox ran.\n", "", kAll);
  CHECK(plain.text == "A fox ran.");
  for (const bool hit : plain.hits) CHECK_FALSE(hit);
}

TEST_CASE("nothing, one character and a megabyte are texts too") {
  CHECK(extract("", "", kAll).text.empty());
  CHECK(extract(" \n ", "", kAll).text.empty());
  CHECK(extract(".", "", kAll).text == ".");
  CHECK(extract("---\n---", "", kAll).text == "---");
  const std::string lines = std::string(1'000'000, '\n') + "x";
  CHECK(extract("A." + lines, "", kAll).text == "A.");
  CHECK(extract(std::string(1'000'000, '.'), "", kAll).text.size() ==
        1'000'000);
}

}  // namespace
}  // namespace cdx
