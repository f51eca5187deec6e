#include "report/page.h"

#include "example.h"
#include "report/html.h"
#include "support.h"
#include "util/errors.h"
#include "util/unicode.h"
#include "xml.h"

#include <set>

#include <doctest/doctest.h>

using namespace cdx;
using test::all_text;
using test::example_report;
using test::named;
using test::not_well_formed;
using test::read_xml;
using test::XmlElement;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// Every text of the data behind `prefix`, names of conditions consistently.
ReportData prefixed(const std::string& prefix) {
  ReportData data = example_report();
  const auto change = [&](std::string& text) { text.insert(0, prefix); };
  change(data.name);
  change(data.baseline);
  change(data.reference);
  for (auto& condition : data.conditions) {
    change(condition.name);
    change(condition.description);
  }
  for (ReportSeries& series : data.series) {
    change(series.name);
    change(series.parameter);
    change(series.method);
    for (auto& [condition, value] : series.points) change(condition);
  }
  for (auto& row : data.summary) change(row.condition);
  for (auto& row : data.per_prompt) change(row.condition);
  for (auto& row : data.comparisons) {
    change(row.condition_a);
    change(row.condition_b);
    change(row.test);
    change(row.effect_name);
  }
  for (auto& row : data.trends) {
    change(row.series);
    change(row.conditions);
    change(row.parameter);
  }
  StepRow step{.metric = data.summary[0].metric, .n = 40};
  step.stages = step.step = step.test = prefix;
  data.steps = {step};
  AcrossRow across{.metric = data.summary[0].metric, .n = 6};
  across.name = across.unit = across.test = prefix;
  data.across = {across};
  for (auto& prompt : data.sample_prompts) {
    change(prompt.id);
    change(prompt.text);
    for (auto& [who, input] : prompt.seen) {
      change(who);
      change(input);
    }
  }
  for (auto& story : data.sample_stories) {
    change(story.condition);
    change(story.prompt_id);
    change(story.text);
    change(story.finish_reason);
    for (std::string& tag : story.tags) change(tag);
  }
  change(data.scope);
  for (auto& [key, value] : data.facts) {
    change(key);
    change(value);
  }
  change(data.command);
  return data;
}

std::vector<std::string> element_names(const std::string& page) {
  std::vector<std::string> names;
  for (const XmlElement& element : read_xml(page)) {
    names.push_back(element.name);
  }
  return names;
}

}  // namespace

TEST_CASE("The page is well-formed and holds every part in order") {
  const std::string page = report_page(example_report());
  CHECK(not_well_formed(page) == "");
  size_t at = 0;
  for (const char* part : {"<h1>quickstart</h1>",
                           "The report shows 6 conditions",
                           "id=\"result\"",
                           "choice_",
                           "id=\"figures\"",
                           "Diversity against",
                           "id=\"comparisons\"",
                           "over prompts, for these checkpoints",
                           "id=\"trend\"",
                           "id=\"stories\"",
                           "Once there was",
                           "id=\"run\"",
                           "20250728",
                           "id=\"reproduce\"",
                           "scripts/run configs/quickstart.yaml"}) {
    CAPTURE(part);
    const size_t found = page.find(part, at);
    REQUIRE(found != std::string::npos);
    at = found;
  }
}

TEST_CASE("Hostile text in any field changes no element of the page") {
  const std::string hostile[] = {
      "</pre></td></style></svg><script>alert(1)</script>",
      "\" onmouseover=\"alert(1)\" x='",
      "<!-- ",
      "]]>",
      "&lt;img src=x&gt;",
      "\xFF\xFE\xC0\x80 ",
      "\u202E\u2066",
      std::string("\0\x1B\x08\x0B", 4),
      "javascript:alert(1)//"};
  const auto plain = element_names(report_page(prefixed("harmless ")));
  for (const std::string& text : hostile) {
    CAPTURE(text);
    const std::string page = report_page(prefixed(text));
    CHECK(not_well_formed(page) == "");
    CHECK(is_utf8(page));
    CHECK(element_names(page) == plain);
    CHECK(!contains(page, "\u202E"));
  }
}

TEST_CASE("Model text is shown in full, as it was written") {
  ReportData data = example_report();
  const std::string text =
      "<b>&amp;</b> \"quoted\" 'single'\n\tline two — 你好";
  data.sample_stories[0].text = text;
  CHECK(contains(all_text(read_xml(report_page(data))), text));
}

TEST_CASE("Nothing in the page runs or loads anything") {
  const std::string page = report_page(prefixed("http://evil.example/ "));
  const auto elements = read_xml(page);
  const std::set<std::string> allowed = {"aria-hidden",
                                         "aria-label",
                                         "charset",
                                         "class",
                                         "colspan",
                                         "content",
                                         "cx",
                                         "cy",
                                         "dir",
                                         "fill",
                                         "fill-opacity",
                                         "font-size",
                                         "font-weight",
                                         "height",
                                         "href",
                                         "http-equiv",
                                         "id",
                                         "lang",
                                         "name",
                                         "open",
                                         "points",
                                         "r",
                                         "role",
                                         "scope",
                                         "stroke",
                                         "stroke-dasharray",
                                         "stroke-linejoin",
                                         "stroke-width",
                                         "tabindex",
                                         "text-anchor",
                                         "title",
                                         "transform",
                                         "viewBox",
                                         "width",
                                         "x",
                                         "x1",
                                         "x2",
                                         "y",
                                         "y1",
                                         "y2"};
  std::set<std::string> anchors, links;
  for (const XmlElement& element : elements) {
    for (const char* active :
         {"script", "link", "img", "iframe", "object", "base", "form"}) {
      CHECK(element.name != active);
    }
    for (const auto& [name, value] : element.attributes) {
      CAPTURE(name);
      CHECK(allowed.contains(name));
      if (name == "id") anchors.insert("#" + value);
      if (name == "href") links.insert(value);
    }
  }
  CHECK(links.size() == 7);
  CHECK(links == anchors);
  CHECK(!contains(std::string(kPageStyle), "url("));
  CHECK(!contains(std::string(kPageStyle), "@import"));
  CHECK(!contains(report_page(example_report()), "http:"));
  CHECK(!contains(report_page(example_report()), "https:"));
}

TEST_CASE("The content security policy forbids everything but its own style") {
  const auto elements = read_xml(report_page(example_report()));
  const auto policy = named(elements, "meta").at(1).attributes;
  CHECK(policy.at("http-equiv") == "Content-Security-Policy");
  CHECK(policy.at("content") ==
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
        "form-action 'none'");
}

TEST_CASE("Every condition and every story of it is on the page") {
  const ReportData data = example_report();
  const std::string text = all_text(read_xml(report_page(data)));
  for (const ReportCondition& condition : data.conditions) {
    CHECK(contains(text, condition.name));
    CHECK(contains(text, condition.description));
  }
  for (const SampleStory& story : data.sample_stories) {
    CHECK(contains(text, story.text));
  }
  CHECK(contains(text, "✓ valid"));
  CHECK(contains(text, "✗ invalid"));
  CHECK(contains(text, "As each model saw it"));
  CHECK(contains(text, "<|user|>\nA tale about a silver key.<|end|>"));
}

TEST_CASE("A text of a megabyte is cut with a note") {
  ReportData data = example_report();
  const size_t before = report_page(data).size();
  data.sample_stories[0].text = std::string(1 << 20, 'a');
  const std::string page = report_page(data);
  CHECK(contains(page, "Cut here: 8000 of 1048576 characters shown."));
  CHECK(page.size() < before + kStoryLimit + 1000);
}

TEST_CASE("An empty story and a prompt without stories are said or left out") {
  ReportData data = example_report();
  data.sample_stories.resize(1);
  data.sample_stories[0].text = "";
  data.sample_stories[0].valid.reset();
  const auto elements = read_xml(report_page(data));
  CHECK(contains(all_text(elements), "(empty)"));
  CHECK(!contains(all_text(elements), "✓ valid"));
  size_t prompts = 0;
  for (const XmlElement& element : named(elements, "details")) {
    const auto found = element.attributes.find("class");
    prompts += found != element.attributes.end() && found->second == "prompt";
  }
  CHECK(prompts == 1);
}

TEST_CASE("A report of one condition without stories or tests is a page") {
  ReportData data;
  data.name = "small";
  data.conditions = {{"only", "one model"}};
  data.metrics = {{"distinct_1", "", ""}};
  data.summary = {{"only", "distinct_1", "set", "", "", 2, 4, kUndefined}};
  const std::string page = report_page(data);
  CHECK(not_well_formed(page) == "");
  CHECK(contains(page, "–"));
  CHECK(!contains(page, "nan"));
  for (const char* part : {"comparisons", "trend", "stories", "run"}) {
    CHECK(!contains(page, fmt::format("id=\"{}\"", part)));
  }
}

TEST_CASE("A table without values shows dashes for all") {
  ReportData data = example_report();
  data.summary.clear();
  const std::string page = report_page(data);
  CHECK(not_well_formed(page) == "");
  CHECK(!contains(page, "nan"));
}

TEST_CASE("A report that does not fit together is refused") {
  ReportData data = example_report();
  data.baseline = "nobody";
  CHECK(contains(test::message_of<UserError>([&] { report_page(data); }),
                 "nobody"));
}
