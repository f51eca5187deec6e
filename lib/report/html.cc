#include "report/html.h"

#include "report/text.h"

#include <fmt/format.h>

namespace cdx {
namespace {

std::string marker_html(const Look& look) {
  Svg svg(14, 14);
  svg.marker(look.marker, {7, 7}, 5, look.colour);
  return svg.inline_svg("");
}

// A long name may break after an underscore, but not before its arrow.
std::string breakable(std::string_view text) {
  std::string out;
  for (char c : escape_xml(text)) {
    out += c == ' ' ? "&#160;" : std::string(1, c);
    if (c == '_') out += "<wbr/>";
  }
  return out;
}

std::string cell_class(const Table& table, const TableRow& row, size_t i) {
  if (table.columns[i].numeric) return " class=\"number\"";
  return row.cells[i].text == "unclear" ? " class=\"quiet\"" : "";
}

std::string small(const std::string& note) {
  return note.empty() ? "" : fmt::format("<small>{}</small>", escape_xml(note));
}

std::string heading_html(const TableColumn& column) {
  return fmt::format(
      "<th scope=\"col\"{}{}>{}{}</th>\n",
      column.numeric ? " class=\"number\"" : "",
      column.meaning.empty()
          ? ""
          : fmt::format(" title=\"{}\"", escape_xml(column.meaning)),
      breakable(column.title),
      small(column.note));
}

std::string row_html(const Table& table,
                     const TableRow& row,
                     const std::map<std::string, Look>& looks,
                     const std::string& emphasised) {
  const std::string& first = row.cells.front().text;
  std::string out = !emphasised.empty() && first == emphasised
                        ? "<tr class=\"emphasised\">"
                        : "<tr>";
  out += fmt::format(
      "<th scope=\"row\">{}</th>",
      looks.contains(first) ? condition_html(first, looks) : breakable(first));
  for (size_t i = 1; i < row.cells.size(); ++i) {
    out += fmt::format("<td{}>{}{}</td>",
                       cell_class(table, row, i),
                       escape_xml(row.cells[i].text),
                       small(row.cells[i].note));
  }
  return out + "</tr>\n";
}

std::string group_html(const Table& table,
                       const TableRow& row,
                       const std::map<std::string, Look>& looks) {
  std::string heading;
  for (const std::string& part : row.group) {
    if (!heading.empty()) heading += " → ";
    heading += condition_html(part, looks);
  }
  return fmt::format(
      "<tr class=\"group\"><th colspan=\"{}\" scope=\"rowgroup\"><span>{}"
      "</span></th></tr>\n",
      table.columns.size(),
      heading);
}

}  // namespace

std::string condition_html(const std::string& condition,
                           const std::map<std::string, Look>& looks) {
  const auto look = looks.find(condition);
  if (look == looks.end()) return escape_xml(condition);
  return fmt::format("<span class=\"condition\">{}<span>{}</span></span>",
                     marker_html(look->second),
                     escape_xml(condition));
}

std::string table_html(const Table& table,
                       const std::map<std::string, Look>& looks,
                       const std::string& emphasised) {
  std::string out = fmt::format(
      "<div class=\"scroll\" role=\"region\" tabindex=\"0\" "
      "aria-label=\"{}\"><table{}>\n<thead><tr>\n",
      escape_xml(table.caption),
      table.group_names.empty() ? "" : " class=\"grouped\"");
  for (const TableColumn& column : table.columns) out += heading_html(column);
  out += "</tr></thead>\n<tbody>\n";
  for (size_t r = 0; r < table.rows.size(); ++r) {
    if (starts_group(table, r)) {
      out += group_html(table, table.rows[r], looks);
    }
    out += row_html(table, table.rows[r], looks, emphasised);
  }
  out += "</tbody></table></div>\n";
  for (const std::string& note : table.notes) {
    out += fmt::format("<p class=\"note\">{}</p>\n", escape_xml(note));
  }
  return out;
}

const std::string_view kPageStyle = R"css(
:root { color-scheme: light; --ink: #1d1d1f; --grey: #63636a; --rule: #dcdcdf; --tint: #f5f5f3; }
* { box-sizing: border-box; }
body { margin: 0; color: var(--ink); background: #fff; font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, Helvetica, Arial, "Liberation Sans", sans-serif; -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
main { max-width: 70rem; margin: 0 auto; padding: 2rem 1rem 4rem; overflow-wrap: anywhere; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .3rem; letter-spacing: -.012em; }
h2 { font-size: 1.25rem; line-height: 1.3; margin: 3rem 0 .6rem; }
h3 { font-size: 1rem; margin: 2rem 0 .2rem; }
h4 { font-size: .9rem; margin: 0 0 .5rem; }
p { max-width: 46rem; margin: .5rem 0; }
a { color: #0b5a8c; text-underline-offset: .15em; }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; font-size: .875em; }
pre { white-space: pre-wrap; margin: .2rem 0 .6rem; padding: .5rem .7rem; background: var(--tint); border-radius: 4px; }
nav { margin: 0 0 1.2rem; font-size: .9rem; color: var(--grey); }
nav a { margin-right: .9rem; white-space: nowrap; }
.lede { font-size: 1.0625rem; }
.note, figcaption, .quiet { color: var(--grey); font-size: .875rem; }
.note { margin: .35rem 0; }
.scroll { overflow-x: auto; margin: .8rem 0 .6rem; overflow-wrap: normal; }
.scroll:focus-visible { outline: 2px solid #0b5a8c; outline-offset: 2px; }
table { border-collapse: collapse; font-size: .9rem; line-height: 1.35; font-variant-numeric: tabular-nums; border-top: 2px solid var(--ink); border-bottom: 2px solid var(--ink); }
th, td { padding: .34rem .75rem; text-align: left; vertical-align: top; font-weight: 400; }
thead th { font-weight: 600; vertical-align: bottom; border-bottom: 1px solid var(--ink); }
thead th[title] { cursor: help; }
th.number, td.number { text-align: right; }
td, tbody th { white-space: nowrap; }
th:first-child { padding-left: .4rem; position: sticky; left: 0; background: #fff; }
td:last-child, thead th:last-child { padding-right: .4rem; }
th small, td small { display: block; font-size: .8em; font-weight: 400; color: var(--grey); }
.grouped td small { display: inline; margin-left: .35em; }
tbody tr + tr.group th { border-top: 1px solid var(--rule); }
tr.group th { padding: .7rem .4rem .2rem; font-weight: 600; }
tr.group th > span { position: sticky; left: .4rem; }
tr.emphasised th, tr.emphasised td { background: var(--tint); font-weight: 600; }
.condition { display: inline-flex; align-items: baseline; gap: .4em; }
.condition svg { flex: none; position: relative; top: .13em; }
dl { margin: .8rem 0; display: grid; grid-template-columns: fit-content(40%) minmax(0, 1fr); gap: .25rem 1.2rem; font-size: .9rem; }
dt { font-weight: 500; }
dd { margin: 0; color: #3c3c42; }
figure { margin: .4rem 0 0; }
figcaption { max-width: 46rem; margin: .2rem 0 .6rem; }
.panels { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); gap: 1.2rem 1rem; }
.panels svg { width: 100%; max-width: 27rem; height: auto; }
details { margin: .5rem 0; }
summary { cursor: pointer; }
details.prompt { border-top: 1px solid var(--rule); padding: .6rem 0; margin: 0; }
details.prompt > summary { font-weight: 500; }
details.prompt > summary .quiet { font-weight: 400; margin-left: .5em; }
.columns { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 19rem), 1fr)); gap: 1.2rem 1.4rem; margin: .8rem 0 1rem; }
.story { border-left: 3px solid var(--rule); padding: 0 0 .1rem .8rem; margin: 0 0 1rem; }
.story .text { white-space: pre-wrap; font-family: Georgia, "Times New Roman", "Liberation Serif", serif; font-size: .97rem; line-height: 1.5; max-height: 26rem; overflow: auto; unicode-bidi: isolate; }
.tags { font-size: .8rem; color: var(--grey); margin: 0 0 .15rem; }
.tags span { margin-right: .7em; }
.valid { color: #00664a; }
.invalid { color: #a34700; font-weight: 600; }
@media (max-width: 40rem) {
  main { padding: 1.2rem 1rem 3rem; }
  h1 { font-size: 1.45rem; }
  dl { grid-template-columns: minmax(0, 1fr); gap: 0; }
  dd { margin: 0 0 .5rem; }
  th, td { padding: .34rem .5rem; }
  tbody th { white-space: normal; max-width: 8.5rem; }
  tr.group th { max-width: none; white-space: nowrap; }
  .grouped td small { display: block; margin: 0; }
}
@media print {
  main { max-width: none; }
  .scroll { overflow: visible; }
}
)css";

}  // namespace cdx
