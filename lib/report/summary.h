#pragma once

#include "report/data.h"

#include <string>

namespace cdx {

// The study in one paragraph of plain text: what was compared on how much, the
// gap in diversity between reference and baseline, what each series gives back
// of it, and at what cost in quality. Every number is one of the values; a gap
// that no test confirms is called unclear and no share of it is stated.
std::string summary_words(const ReportData& data);

// A warning where finish_length_rate of two conditions is more than 5 points
// apart: then some of what differs is where their texts were cut off. "" else,
// and where the metric is not measured.
std::string unequally_cut_words(const std::vector<SummaryRow>& rows);

// "a, b and c".
std::string listed(const std::vector<std::string>& words);

}  // namespace cdx
