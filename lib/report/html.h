#pragma once

#include "report/looks.h"
#include "report/table.h"

#include <map>
#include <string>
#include <string_view>

// Pieces of the page.
namespace cdx {

extern const std::string_view kPageStyle;

// Longest story that is shown whole, in code points.
inline constexpr size_t kStoryLimit = 8000;

// A condition's name behind its marker; `looks` may lack it.
std::string condition_html(const std::string& condition,
                           const std::map<std::string, Look>& looks);

// A table in a box of its own that scrolls sideways. Conditions get their
// markers; the row of `emphasised` is set off.
std::string table_html(const Table& table,
                       const std::map<std::string, Look>& looks,
                       const std::string& emphasised);

// Stories side by side, a box a prompt, the first one open; empty when there
// is none.
std::string stories_html(const ReportData& data,
                         const std::map<std::string, Look>& looks);

}  // namespace cdx
