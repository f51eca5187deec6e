#include "report/table_cells.h"

#include "report/text.h"

namespace cdx {

TableColumn text_column(const std::string& title) {
  return {title, "", "", false, {title}};
}

TableColumn number_column(const std::string& title, const std::string& name) {
  return {title, "", "", true, {name}};
}

TableCell estimate(double mean, double low, double high, int decimals) {
  return {format_fixed(mean, decimals),
          format_interval(low, high, decimals),
          {mean, low, high}};
}

TableCell text_cell(const std::string& text) {
  return {text, "", {}};
}

TableCell number(double value, int decimals) {
  return {format_fixed(value, decimals), "", {value}};
}

TableCell change(double delta, double low, double high) {
  const double values[] = {delta, low, high};
  const int decimals = decimals_for(values);
  return {format_change(delta, decimals),
          format_interval(low, high, decimals),
          {delta, low, high}};
}

TableCell probability(double p) {
  return {format_p(p), "", {p}};
}

}  // namespace cdx
