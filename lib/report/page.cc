#include "report/page.h"

#include "report/figures.h"
#include "report/further_tables.h"
#include "report/html.h"
#include "report/result_tables.h"
#include "report/summary.h"
#include "report/text.h"

#include <fmt/format.h>

namespace cdx {
namespace {

// One part of the page: its anchor, its title and its content.
struct Part {
  std::string anchor, title, html;
};

std::string paragraph(const std::string& text, const char* style = "") {
  if (text.empty()) return "";
  return fmt::format("<p{}>{}</p>\n", style, escape_xml(text));
}

using Pairs = std::vector<std::pair<std::string, std::string>>;

std::string definitions(const Pairs& pairs) {
  std::string out = "<dl>\n";
  for (const auto& [term, words] : pairs) {
    out += fmt::format(
        "<dt>{}</dt><dd>{}</dd>\n", escape_xml(term), escape_xml(words));
  }
  return out + "</dl>\n";
}

std::string conditions_html(const ReportData& data,
                            const std::map<std::string, Look>& looks) {
  std::string out = "<dl>\n";
  for (const ReportCondition& condition : data.conditions) {
    out += fmt::format("<dt>{}</dt><dd>{}{}</dd>\n",
                       condition_html(condition.name, looks),
                       escape_xml(condition.description),
                       condition.name == data.baseline ? " (baseline)" : "");
  }
  return out + "</dl>\n";
}

std::string metric_legend(const ReportData& data) {
  Pairs legend;
  for (const ReportMetric& metric : data.metrics) {
    if (!change_in(metric.variant).empty()) continue;
    std::string words = definition_of(metric);
    const std::string direction = words_of(direction_of(data, metric));
    if (!direction.empty()) words += (words.empty() ? "" : "; ") + direction;
    legend.emplace_back(metric.metric, words);
  }
  return "<details><summary class=\"quiet\">What the columns are</summary>\n" +
         definitions(legend) + "</details>\n";
}

std::string figure_html(const Figure& figure) {
  std::string out = fmt::format(
      "<h3>{}</h3>\n<figure><figcaption>{}</figcaption><div "
      "class=\"panels\">\n",
      escape_xml(figure.title),
      escape_xml(figure.caption));
  for (size_t i = 0; i < figure.panels.size(); ++i) {
    out += figure.panels[i].inline_svg(figure.panel_labels[i]) + "\n";
  }
  return out + "</div></figure>\n";
}

std::string captioned_html(const Table& table,
                           const std::map<std::string, Look>& looks) {
  if (table.rows.empty()) return "";
  return paragraph(table.caption) + table_html(table, looks, "");
}

std::vector<Part> parts_of(const ReportData& data) {
  const auto looks = looks_of(data);
  const Table result = result_table(data);
  std::string figures;
  for (const Figure& figure : all_figures(data)) figures += figure_html(figure);
  std::string comparisons = captioned_html(comparison_table(data), looks);
  const std::string exploratory =
      captioned_html(exploratory_table(data), looks);
  if (!exploratory.empty()) {
    comparisons += "<h3>Exploratory</h3>\n" + exploratory;
  }
  std::string stories = stories_html(data, looks);
  if (!stories.empty()) {
    stories = paragraph(
                  "Text as the models wrote it; control and invisible "
                  "characters are shown by symbol or number.",
                  " class=\"note\"") +
              stories;
  }
  std::string run = data.facts.empty() ? "" : definitions(data.facts);
  std::string again = data.command.empty()
                          ? ""
                          : "<pre>" + escape_xml(data.command) + "</pre>\n";
  return {{"result",
           "Result",
           paragraph(result.caption) +
               table_html(result, looks, data.baseline) + metric_legend(data)},
          {"figures", "Figures", figures},
          {"comparisons", "Comparisons", comparisons},
          {"trend", "Trend", captioned_html(trend_table(data), looks)},
          {"steps", "Steps", captioned_html(step_table(data), looks)},
          {"across", "Across units", captioned_html(across_table(data), looks)},
          {"bounds", "Bounds", captioned_html(bounds_table(data), looks)},
          {"by_position",
           "By position",
           captioned_html(position_table(data), looks)},
          {"stories", "Stories", stories},
          {"run", "Run", run},
          {"reproduce", "How to reproduce", again}};
}

std::string head(const ReportData& data) {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head>\n<meta charset=\"utf-8\"/>\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
      "'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action "
      "'none'\"/>\n"
      "<meta name=\"viewport\" content=\"width=device-width, "
      "initial-scale=1\"/>\n"
      "<title>{}</title>\n<style>{}</style>\n</head>\n",
      escape_xml(data.name),
      kPageStyle);
}

}  // namespace

std::string report_page(const ReportData& data) {
  check(data);
  std::string contents, body;
  for (const Part& part : parts_of(data)) {
    if (part.html.empty()) continue;
    contents += fmt::format("<a href=\"#{}\">{}</a> ", part.anchor, part.title);
    body += fmt::format("<section id=\"{}\"><h2>{}</h2>\n{}</section>\n",
                        part.anchor,
                        part.title,
                        part.html);
  }
  const std::string cut = unequally_cut_words(data.summary);
  return fmt::format(
      "{}<body><main>\n<h1>{}</h1>\n<nav>{}</nav>\n{}{}{}</main></body></html>"
      "\n",
      head(data),
      escape_xml(data.name),
      contents,
      paragraph(summary_words(data), " class=\"lede\"") +
          (cut.empty() ? "" : paragraph(cut, " class=\"note\"")),
      conditions_html(data, looks_of(data)),
      body);
}

}  // namespace cdx
