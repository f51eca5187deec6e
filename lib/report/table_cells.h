#pragma once

#include "report/table.h"

#include <string>

// Columns and cells that several tables have.
namespace cdx {

TableColumn text_column(const std::string& title);
// `name`: in the CSV.
TableColumn number_column(const std::string& title, const std::string& name);

TableCell text_cell(const std::string& text);
TableCell number(double value, int decimals);
// A mean and its interval.
TableCell estimate(double mean, double low, double high, int decimals);
// A difference and its interval, in as many decimals as they need.
TableCell change(double delta, double low, double high);
TableCell probability(double p);

}  // namespace cdx
