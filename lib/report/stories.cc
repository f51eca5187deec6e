#include "report/html.h"
#include "report/text.h"

#include <set>
#include <vector>

#include <fmt/format.h>

// The story browser of the page: plain HTML that folds, no script.
namespace cdx {
namespace {

std::string cut_note(const CutText& cut) {
  if (cut.shown == cut.total) return "";
  return fmt::format(
      "<p class=\"note\">Cut here: {} of {} characters shown.</p>\n",
      cut.shown,
      cut.total);
}

std::string tags_html(const SampleStory& story) {
  std::string out = fmt::format("<span>#{}</span>", story.sample);
  if (story.valid) {
    out += *story.valid ? "<span class=\"valid\">✓ valid</span>"
                        : "<span class=\"invalid\">✗ invalid</span>";
  }
  if (!story.finish_reason.empty()) {
    out += fmt::format("<span>{}</span>", escape_xml(story.finish_reason));
  }
  for (const std::string& tag : story.tags) {
    out += fmt::format("<span>{}</span>", escape_xml(tag));
  }
  return fmt::format("<p class=\"tags\">{}</p>\n", out);
}

std::string story_html(const SampleStory& story) {
  const CutText cut = cut_text(story.text, kStoryLimit);
  const std::string text = cut.total == 0
                               ? "<span class=\"quiet\">(empty)</span>"
                               : escape_xml(cut.text);
  return fmt::format(
      "<div class=\"story\">{}<div class=\"text\" dir=\"auto\" tabindex=\"0\">"
      "{}</div>\n{}</div>\n",
      tags_html(story),
      text,
      cut_note(cut));
}

std::string seen_html(const SamplePrompt& prompt) {
  if (prompt.seen.empty()) return "";
  std::string out =
      "<details><summary class=\"quiet\">As each model saw it</summary>\n<dl>";
  for (const auto& [who, input] : prompt.seen) {
    const CutText cut = cut_text(input, kStoryLimit);
    out += fmt::format("<dt>{}</dt><dd><pre dir=\"auto\">{}</pre>{}</dd>\n",
                       escape_xml(who),
                       escape_xml(cut.text),
                       cut_note(cut));
  }
  return out + "</dl></details>\n";
}

std::string condition_stories(const ReportData& data,
                              const SamplePrompt& prompt,
                              const std::string& condition,
                              const std::map<std::string, Look>& looks) {
  std::string stories;
  for (const SampleStory& story : data.sample_stories) {
    if (story.prompt_id == prompt.id && story.condition == condition) {
      stories += story_html(story);
    }
  }
  if (stories.empty()) return "";
  return fmt::format("<section><h4>{}</h4>\n{}</section>\n",
                     condition_html(condition, looks),
                     stories);
}

std::string prompt_html(const ReportData& data,
                        const SamplePrompt& prompt,
                        const std::map<std::string, Look>& looks,
                        bool open) {
  std::string columns;
  for (const ReportCondition& condition : data.conditions) {
    columns += condition_stories(data, prompt, condition.name, looks);
  }
  if (columns.empty()) return "";
  const CutText title = cut_text(prompt.text, 300);
  return fmt::format(
      "<details class=\"prompt\"{}><summary><span dir=\"auto\">{}{}</span>"
      "<span class=\"quiet\">{}</span></summary>\n{}"
      "<div class=\"columns\">\n{}</div></details>\n",
      open ? " open=\"open\"" : "",
      escape_xml(title.text),
      title.shown < title.total ? "…" : "",
      escape_xml(prompt.id),
      seen_html(prompt),
      columns);
}

}  // namespace

std::string stories_html(const ReportData& data,
                         const std::map<std::string, Look>& looks) {
  std::string out;
  for (const SamplePrompt& prompt : data.sample_prompts) {
    out += prompt_html(data, prompt, looks, out.empty());
  }
  return out;
}

}  // namespace cdx
